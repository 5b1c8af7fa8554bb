import { describe, expect, it } from "vitest";
import { decideAdmission, promptScans, seoulDayStart } from "../../src/pipeline/admission.ts";
import type { Shard } from "../../src/pipeline/stages/define-stage.ts";
import { shardOf, shardsOf } from "../../src/pipeline/stages/stage-table.ts";

const limits = { perDay: 200, atOnce: 5 };
/** An hour before midnight in Korea. */
const now = Date.parse("2026-11-22T23:00:00+09:00");

describe("decideAdmission", () => {
  it("admits a scan within both limits, and returns what is left", () => {
    expect(decideAdmission(limits, { today: 10, open: 1 }, now)).toEqual({
      admitted: true,
      lane: "prompt",
      budgets: {
        perDay: { limit: 200, remaining: 189, resetSeconds: 3_600 },
        atOnce: { limit: 5, remaining: 3, resetSeconds: 5 },
      },
    });
  });

  it("admits the last scan that a limit allows", () => {
    expect(decideAdmission(limits, { today: 199, open: 4 }, now)).toMatchObject({
      admitted: true,
      budgets: { perDay: { remaining: 0 }, atOnce: { remaining: 0 } },
    });
  });

  it.each([
    ["perDay", { today: 200, open: 0 }],
    ["atOnce", { today: 10, open: 5 }],
  ])("refuses a scan over %s", (refusedBy, used) => {
    expect(decideAdmission(limits, used, now)).toMatchObject({ admitted: false, refusedBy });
  });

  it("admits a scan without a budget when there is no limit", () => {
    const none = { perDay: null, atOnce: null };
    expect(decideAdmission(none, { today: 9_999, open: 1 }, now)).toEqual({
      admitted: true,
      lane: "prompt",
      budgets: {},
    });
  });

  it("uses the bulk lane when several scans are open", () => {
    const none = { perDay: null, atOnce: null };
    const laneWith = (open: number) => {
      const admission = decideAdmission(none, { today: 0, open }, now);
      return admission.admitted && admission.lane;
    };
    expect([promptScans - 1, promptScans].map(laneWith)).toEqual(["prompt", "bulk"]);
  });

  it("renews the quota at midnight in Korea", () => {
    expect(seoulDayStart(now + 3_600_000 - 1)).toBe(seoulDayStart(now));
    expect(seoulDayStart(now + 3_600_000)).toBe(now + 3_600_000);
  });
});

describe("shardOf", () => {
  const ids = Array.from({ length: 4_000 }, () => crypto.randomUUID());

  it("spreads jobs evenly over the numbered shards, and keeps each job's", () => {
    const numbered: Shard[] = ["", "1", "2", "3"];
    const shards: Shard[] = [...numbered, "bulk"];
    const counts = new Map<string, number>();
    for (const id of ids) {
      const shard = shardOf(shards, id, "prompt");
      // The bulk queue may stand anywhere.
      expect(shardOf(["bulk", ...numbered], id, "prompt")).toBe(shard);
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual(numbered.toSorted());
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan((0.8 * ids.length) / numbered.length);
    }
  });

  it("returns the bulk queue when the stage has one, and its only queue otherwise", () => {
    for (const id of ids.slice(0, 10)) {
      expect(shardOf(shardsOf("vision"), id, "bulk")).toBe("bulk");
      expect(shardOf(shardsOf("vision"), id, "prompt")).toBe("");
      expect(shardOf(shardsOf("rule"), id, "bulk")).toBe("");
    }
  });
});

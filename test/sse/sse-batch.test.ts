import { describe, expect, it } from "vitest";
import type { EventFrame } from "../../src/pipeline/frames.ts";
import { decodeSseBatch, encodeSseBatches } from "../../src/sse/sse-batch.ts";

const frame = (seq: number, status: EventFrame["status"] = "started"): EventFrame => ({
  job_id: "job-1",
  seq,
  ts: "2026-01-01T00:00:00.000Z",
  stage: "vision",
  status,
  progress: 0,
});

const frames = (count: number, parkedAt: number) =>
  Array.from({ length: count }, (_, seq) => frame(seq, seq === parkedAt ? "parked" : "started"));

const encode = (all: EventFrame[]) =>
  encodeSseBatches(all, { endsPage: true }).map((message) => decodeSseBatch(message));

describe("a replay that was parked", () => {
  it("ends the stream where the last frame is parked", () => {
    const [batch] = encode(frames(3, 2));
    expect(batch).toMatchObject({ isLast: true, cursor: 2 });
    expect(batch?.text.match(/^(event|id|retry): .*$/gm)?.slice(-3)).toEqual([
      "id: 2",
      "event: done",
      "retry: 30000",
    ]);
  });

  it.each([
    ["is followed by others", 10, 3],
    ["is the last of a full message", 70, 63],
  ])("goes on where the parked frame %s", (_, count, parkedAt) => {
    const batches = encode(frames(count, parkedAt));
    expect(batches.map(({ isLast }) => isLast)).not.toContain(true);
    const text = batches.map((batch) => batch.text).join("");
    expect(text).not.toMatch(/event: done|retry:/);
    expect(text.match(/^id: /gm)).toHaveLength(count);
    expect(batches.at(-1)?.cursor).toBe(count - 1);
  });
});

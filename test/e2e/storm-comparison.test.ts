import { describe, expect, it } from "vitest";
import { type CheckName, checkNames, differencesOf } from "../../scripts/storm/compare.ts";
import { expectedOf, expectedStatistics, type StormScan } from "../../scripts/storm/expected.ts";
import type { Stores } from "../../scripts/storm/stores.ts";
import { type EventFrame, Frame } from "../../src/pipeline/frames.ts";
import type { ResultBody } from "../../src/pipeline/result-body.ts";

const startedAt = Date.UTC(2030, 0, 1);
const at = (second: number) => startedAt + second * 1_000;

const reward = {
  code: "char-petty",
  name: "페티",
  type: "재활용",
  dialog: "안녕!",
  match_reason: "무색페트병",
  already_owned: false,
};
const call = {
  model: "gpt-5.2",
  input_tokens: 100,
  output_tokens: 20,
  cost_usd: 0.001,
  reused: false,
  error: null,
  attempt: 1,
};

const result = (jobId: string): ResultBody => ({
  task_id: jobId,
  status: "completed",
  message: "끝났어요",
  pipeline_result: null,
  reward: null,
  reward_pending: false,
  reward_refusal: null,
  error: null,
  metadata: {
    model: "gpt-5.2",
    fallbacks: [],
    usage: { input_tokens: 200, output_tokens: 40, cost_usd: 0.002 },
    calls: [
      { ...call, stage: "vision" },
      { ...call, stage: "answer" },
    ],
    stage_latencies_ms: {},
    regulation_version: "v1",
    regulation: null,
    region: null,
  },
});

const classification = {
  major_category: "재활용폐기물",
  middle_category: "무색페트병",
  minor_category: "생수병",
};

/** The frames of a scan whose first attempt was lost in a kill. */
function framesOf(jobId: string): StormScan["log"] {
  const lost = { code: "ATTEMPT_LOST", message: "lost" };
  const steps: Partial<EventFrame>[] = [
    { stage: "queued", status: "started" },
    { stage: "vision", status: "started", attempt: 1 },
    { stage: "vision", status: "retrying", attempt: 1, error: lost },
    { stage: "vision", status: "started", attempt: 1 },
    { stage: "vision", status: "completed", result: { classification } },
    { stage: "answer", status: "started", attempt: 1 },
    { stage: "answer", status: "completed", result: { insufficiencies: [] } },
    { stage: "reward", status: "completed", result: { reward } },
    { stage: "done", status: "completed", result: { ...result(jobId) } },
  ];
  return steps.map((step, seq) => {
    const ts = new Date(at(seq)).toISOString();
    const text = JSON.stringify({ job_id: jobId, seq, ts, progress: 0, ...step });
    const frame = Frame.parse(JSON.parse(text));
    if (frame.status === "delta") throw new TypeError("A delta is no event");
    return { frame, text };
  });
}

const scanOf = (jobId: string, userId: string): StormScan => ({
  userId,
  jobId,
  marker: `{${jobId}}`,
  hasCallback: true,
  received: framesOf(jobId),
  log: framesOf(jobId),
});

const scans = [scanOf("job-1", "resident-1"), scanOf("job-2", "resident-2")];

/** Stores in which all is as promised. */
function faultless(): Stores {
  const expected = scans.flatMap((scan) => expectedOf(scan) ?? []);
  const ownerships = expected.map(({ scan: { jobId, userId }, endedAt }) => ({
    id: jobId,
    user_id: userId,
    character_code: reward.code,
    acquired_at: endedAt,
  }));
  return {
    users: expected.map(({ scan, history }) => ({
      userId: scan.userId,
      history: [history],
      totals: { total: 1, rewards: { total: 1 } },
      characters: [reward.code],
    })),
    ownerships,
    collections: ownerships,
    statistics: expectedStatistics(expected),
    feed: expected.flatMap(({ scan, events }) =>
      events.map((event, seq) => ({
        ...event,
        subject: scan.jobId,
        userid: scan.userId,
        sequence: String(seq).padStart(10, "0"),
        data: {},
      })),
    ),
    webhooks: expected.flatMap(({ scan, webhooks }) =>
      webhooks.map((webhook) => ({
        ...webhook,
        data: {
          job_id: scan.jobId,
          traceparent: "00-1",
          seq: Number(webhook.id.split(":")[1]),
          ...result(scan.jobId),
        },
      })),
    ),
    callsOf: () => [
      { at: at(1), kind: "vision", fault: null },
      { at: at(3), kind: "vision", fault: null },
      { at: at(5), kind: "answer", fault: null },
    ],
  };
}

const [first, second] = scans;
if (!first || !second) throw new RangeError("There are no scans");
/** The first scan, with other frames received. */
const withReceived = (received: StormScan["received"]) => [{ ...first, received }, second];
const without = <Value>(list: readonly Value[], index: number) => list.toSpliced(index, 1);
const twice = <Value>(list: readonly Value[]) => [...list, ...list.slice(0, 1)];

const changedUsers =
  (change: Partial<Stores["users"][number]>) =>
  ({ users }: Stores) => ({
    users: users.map((user, index) => (index === 0 ? { ...user, ...change } : user)),
  });

interface Planted {
  check: CheckName;
  stores?: (stores: Stores) => Partial<Stores>;
  scans?: StormScan[];
}

const planted: Record<string, Planted> = {
  "a gap in the frames": { check: "frames", scans: withReceived(without(first.received, 2)) },
  "a frame that came twice": { check: "frames", scans: withReceived(twice(first.received)) },
  "a second done": {
    check: "frames",
    scans: [{ ...first, log: [...first.log, ...first.log.slice(-1)] }, second],
  },
  "a scan that has not ended": { check: "ends", scans: withReceived(first.received.slice(0, 3)) },
  "a call after its checkpoint": {
    check: "payments",
    stores: ({ callsOf }) => ({
      callsOf: (marker) => [...callsOf(marker), { at: at(6), kind: "vision", fault: null }],
    }),
  },
  "a call of no attempt": {
    check: "payments",
    stores: ({ callsOf }) => ({
      callsOf: (marker) => [...callsOf(marker), { at: at(2), kind: "vision", fault: null }],
    }),
  },
  "a lost row of the history": {
    check: "history",
    stores: changedUsers({ history: [] }),
  },
  "a wrong total": {
    check: "history",
    stores: changedUsers({ totals: { total: 2, rewards: { total: 1 } } }),
  },
  "a character that a collection lacks": {
    check: "history",
    stores: changedUsers({ characters: [] }),
  },
  "a doubled grant": {
    check: "ownership",
    stores: ({ ownerships }) => ({ ownerships: twice(ownerships) }),
  },
  "a lost grant": {
    check: "ownership",
    stores: ({ collections }) => ({ collections: collections.slice(1) }),
  },
  "a grant that nobody announced": {
    check: "ownership",
    stores: ({ ownerships }) => ({
      ownerships: ownerships.map((row) => ({ ...row, id: "another-job" })),
    }),
  },
  "a scan that was counted twice": {
    check: "statistics",
    stores: ({ statistics }) => ({
      statistics: statistics.map((row) => ({ ...row, scans: row.scans + 1 })),
    }),
  },
  "a lost event": { check: "feed", stores: ({ feed }) => ({ feed: without(feed, 1) }) },
  "a doubled event": { check: "feed", stores: ({ feed }) => ({ feed: twice(feed) }) },
  "a lost webhook": {
    check: "webhooks",
    stores: ({ webhooks }) => ({ webhooks: webhooks.slice(1) }),
  },
  "a webhook with another seq": {
    check: "webhooks",
    stores: ({ webhooks: [one, ...others] }) => ({
      webhooks: one ? [{ ...one, data: { ...one.data, seq: 99 } }, ...others] : [],
    }),
  },
  "a webhook of no scan": {
    check: "webhooks",
    stores: ({ webhooks }) => ({
      webhooks: [...webhooks, { id: "another:1", type: "scan.completed", data: {} }],
    }),
  },
};

describe("the comparison after a storm", () => {
  it("finds no difference when all is as the results say", () => {
    expect(differencesOf(scans, faultless())).toEqual([]);
  });

  it("allows a webhook to come twice", () => {
    const stores = faultless();
    expect(differencesOf(scans, { ...stores, webhooks: twice(stores.webhooks) })).toEqual([]);
  });

  it.each(Object.entries(planted))("finds %s", (_, { check, ...wrong }) => {
    const stores = faultless();
    const found = differencesOf(wrong.scans ?? scans, { ...stores, ...wrong.stores?.(stores) });
    expect(found.map((it) => it.check)).toContain(check);
  });

  it("finds a planted difference by each of its checks", () => {
    const checks = new Set(Object.values(planted).map(({ check }) => check));
    expect([...checks].toSorted()).toEqual(["ends", ...checkNames].toSorted());
  });
});

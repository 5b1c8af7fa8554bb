import { isDeepStrictEqual } from "node:util";
import { expectedOf, type ExpectedScan, expectedStatistics, type StormScan } from "./expected.ts";
import type { OwnershipRow, Stores, UserPages } from "./stores.ts";

/** Something that is not as the results of the scans say. */
export interface Difference {
  check: CheckName;
  text: string;
}

type Check = (scans: readonly ExpectedScan[], stores: Stores) => string[];

const text = (value: unknown) => JSON.stringify(value) ?? "nothing";
const differs = (name: string, expected: unknown, found: unknown) =>
  isDeepStrictEqual(expected, found)
    ? []
    : [`${name}: expected ${text(expected)}, found ${text(found)}`];

/** Compares two lists of rows by a key, both ways; a key that comes twice is a difference. */
function compareRows<Row>(
  expected: readonly Row[],
  found: readonly Row[],
  keyOf: (row: Row) => string,
): string[] {
  const rows = Map.groupBy(found, keyOf);
  const keys = new Set([...expected, ...found].map(keyOf));
  const byKey = new Map(expected.map((row) => [keyOf(row), row]));
  return [...keys].flatMap((key) => {
    const [row, ...others] = rows.get(key) ?? [];
    return differs(key, byKey.get(key), row).concat(
      others.map((other) => `${key}: found once more, as ${text(other)}`),
    );
  });
}

/** What a client received is the log: no gap, nothing twice, one `done`, and it is the last. */
function compareFrames({ scan: { jobId, received, log } }: ExpectedScan): string[] {
  const seqs = received.map(({ frame }) => frame.seq);
  const ends = log.flatMap(({ frame }, index) => (frame.stage === "done" ? [index] : []));
  return [
    ...differs(`${jobId} order of frames`, [...seqs.keys()], seqs),
    ...differs(
      `${jobId} frames`,
      log.map((it) => it.text),
      received.map((it) => it.text),
    ),
    ...differs(`${jobId} done`, [log.length - 1], ends),
  ];
}

/**
 * Each attempt calls a model once, and no call begins after the stage's checkpoint. A call is recorded, unless its
 * attempt was lost.
 */
function comparePayments({ scan, result }: ExpectedScan, { callsOf }: Stores): string[] {
  const frames = scan.received.map(({ frame }) => frame);
  return (["vision", "answer"] as const).flatMap((stage) => {
    const made = callsOf(scan.marker).filter(({ kind }) => kind === stage);
    const ofStage = frames.filter((it) => it.stage === stage);
    const recorded = result.metadata.calls.filter((it) => it.stage === stage).length;
    const count = (test: (frame: (typeof frames)[number]) => boolean) =>
      ofStage.filter(test).length;
    const attempts = count(({ status }) => status === "started");
    const lost = count(({ error }) => error?.code === "ATTEMPT_LOST");
    const checkpoint = ofStage.find(({ status }) => status === "completed");
    const late = checkpoint ? made.filter(({ at }) => at > Date.parse(checkpoint.ts)) : [];
    const name = `${scan.jobId} ${stage}`;
    return late
      .map(({ at }) => `${name}: paid at ${at}, after its checkpoint at ${checkpoint?.ts}`)
      .concat(
        made.length > attempts ? [`${name}: ${made.length} calls in ${attempts} attempts`] : [],
        made.length > recorded + lost
          ? [`${name}: ${made.length} calls, ${recorded} recorded, ${lost} attempts lost`]
          : [],
      );
  });
}

/** A character belongs to one scan of the user that announced it, from that scan's end on. */
function compareOwnership(
  table: string,
  scans: readonly ExpectedScan[],
  rows: readonly OwnershipRow[],
): string[] {
  const nameOf = (userId: string, code: string) => `${table} ${userId} ${code}`;
  const announced = Map.groupBy(
    scans.filter(({ reward, result }) => reward !== null && result.status === "completed"),
    ({ scan, reward }) => nameOf(scan.userId, reward?.code ?? ""),
  );
  const owned = Map.groupBy(rows, (row) => nameOf(row.user_id, row.character_code));
  return [
    ...[...announced.keys()].filter((name) => !owned.has(name)).map((name) => `${name}: missing`),
    ...[...owned].flatMap(([name, [row, ...others]]) => {
      const giver = announced.get(name)?.find(({ scan }) => scan.jobId === row?.id);
      if (!giver) return [`${name}: given by ${row?.id}, which did not announce it`];
      return differs(`${name} acquired at`, giver.endedAt, row?.acquired_at).concat(
        others.map((other) => `${name}: granted once more, as ${text(other)}`),
      );
    }),
  ];
}

/** A user whose collection is read before the first grant has this one, too. */
const defaultCode = "char-eco";

/** A user's history, totals and collection are those of the user's scans. */
function comparePages(scans: readonly ExpectedScan[], user: UserPages): string[] {
  const own = scans.filter(({ scan }) => scan.userId === user.userId);
  const rewarded = own.flatMap(({ history: { reward } }) => (reward ? [reward.code] : []));
  const expected = { total: own.length, rewards: { total: rewarded.length } };
  return [
    ...compareRows(
      own.map((it) => it.history),
      user.history,
      ({ job_id }) => job_id,
    ),
    ...differs(`${user.userId} totals`, expected, user.totals),
    ...differs(
      `${user.userId} characters`,
      [...new Set(rewarded)].toSorted(),
      user.characters.filter((code) => code !== defaultCode || rewarded.includes(code)).toSorted(),
    ),
  ];
}

const byId = ({ id }: { id: string }) => id;

const checks = {
  frames: (scans) => scans.flatMap(compareFrames),
  payments: (scans, stores) => scans.flatMap((scan) => comparePayments(scan, stores)),
  history: (scans, { users }) => users.flatMap((user) => comparePages(scans, user)),
  ownership: (scans, { ownerships, collections }) => [
    ...compareOwnership("character_ownerships", scans, ownerships),
    ...compareOwnership("user_characters", scans, collections),
    ...compareRows(ownerships, collections, (row) => `${row.user_id} ${row.character_code}`),
  ],
  statistics: (scans, { statistics }) =>
    compareRows(expectedStatistics(scans), statistics, ({ day, major, middle, model, outcome }) =>
      [day, major, middle, model, outcome].join(" "),
    ),
  feed(scans, { feed }) {
    const ofJob = Map.groupBy(feed, ({ subject }) => subject);
    const known = new Set(scans.map(({ scan }) => scan.jobId));
    return [
      ...scans.flatMap(({ scan, events }) =>
        differs(
          `${scan.jobId} events`,
          events.map((event, index) => ({ ...event, seq: index, user: scan.userId })),
          (ofJob.get(scan.jobId) ?? []).map(({ type, time, sequence, userid }) => ({
            type,
            time,
            seq: Number(sequence),
            user: userid,
          })),
        ),
      ),
      ...[...ofJob.keys()]
        .filter((job) => !known.has(job))
        .map((job) => `${job}: an event of no scan`),
    ];
  },
  webhooks(scans, { webhooks }) {
    const received = Map.groupBy(webhooks, byId);
    const expected = scans.flatMap((it) => it.webhooks);
    const known = new Set(expected.map(byId));
    const results = new Map(scans.map(({ scan, result }) => [scan.jobId, result]));
    return [
      ...expected.flatMap(({ id, type }) => {
        const [first, ...others] = received.get(id) ?? [];
        if (!first) return [`${id}: missing`];
        const { job_id, traceparent: _, seq, ...data } = first.data;
        return differs(`${id} type`, type, first.type).concat(
          differs(`${id} seq`, id, `${String(job_id)}:${String(seq)}`),
          type === "scan.parked" ? [] : differs(id, results.get(String(job_id)), data),
          others.flatMap((other) => differs(`${id} again`, first, other)),
        );
      }),
      ...[...received.keys()].filter((id) => !known.has(id)).map((id) => `${id}: nobody's`),
    ];
  },
} as const satisfies Record<string, Check>;

export const checkNames = [
  "frames",
  "payments",
  "history",
  "ownership",
  "statistics",
  "feed",
  "webhooks",
] as const satisfies CheckName[];
export type CheckName = keyof typeof checks | "ends";

/** Compares what scans have left behind with what their results say. None is what is promised. */
export function differencesOf(scans: readonly StormScan[], stores: Stores): Difference[] {
  const expected = scans.map((scan) => expectedOf(scan));
  const unended = scans.filter((_, index) => expected[index] === null);
  const ended = expected.filter((it) => it !== null);
  return [
    ...unended.map(({ jobId }) => ({ check: "ends" as const, text: `${jobId}: has not ended` })),
    ...checkNames.flatMap((check) =>
      checks[check](ended, stores).map((it) => ({ check, text: it })),
    ),
  ];
}

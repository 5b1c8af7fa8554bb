import { env } from "cloudflare:workers";
import { appendEvents } from "../../src/events/append.ts";
import { catchUpAll } from "../../src/events/catch-up.ts";
import type { DomainEvent } from "../../src/pipeline/domain-event.ts";
import type { ScanEventsMessage } from "../../src/pipeline/messages.ts";
import { traceparent } from "../support/scans.ts";

/** When the first scans of a test were submitted: 2026-10-01T00:00:00Z. */
export const start = Date.UTC(2026, 9, 1);

/** Numbers from 0 to below 1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const mixed = [...items];
  for (let index = mixed.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    const [a, b] = [mixed[index], mixed[other]];
    if (a === undefined || b === undefined) continue;
    mixed[index] = b;
    mixed[other] = a;
  }
  return mixed;
}

const classification = {
  major_category: "재활용폐기물",
  middle_category: "무색페트병",
  minor_category: "생수병",
} as const;
const other = {
  major_category: "대형폐기물",
  middle_category: "대형폐기물",
  minor_category: null,
} as const;
const reward = {
  code: "char-petty",
  name: "페티",
  type: "재활용",
  dialog: "고마워!",
  match_reason: "무색페트병>생수병",
  already_owned: false,
};
const failure = { code: "MODEL_UNAVAILABLE", message: "The model did not answer." };

export interface Scan {
  jobId: string;
  userId: string;
  traceparent: string;
  events: DomainEvent[];
}

type Ended = Extract<DomainEvent, { type: "scan.completed" }>["data"];

/** What a scan tells from its submission to its end, in one of the ways that scans go. */
export function aScan({
  jobId = crypto.randomUUID(),
  userId = crypto.randomUUID(),
  at = start,
  way = 0,
  ...ended
}: { jobId?: string; userId?: string; at?: number; way?: number } & Partial<Ended> = {}): Scan {
  const status = (["completed", "completed", "failed", "cancelled"] as const)[way % 4] ?? "failed";
  const parks = way % 5 === 0;
  const model = way % 3 === 0 ? "gpt-5.2" : "offline";
  const region = way % 2 === 0 ? "서울특별시 강남구" : null;
  const rewarded = way % 4 === 0;
  const sort = way % 4 === 1 ? other : classification;
  const data: Ended = {
    model,
    region,
    status,
    requested_at: at,
    classification: status === "cancelled" ? null : sort,
    insufficiencies: way % 4 === 1 ? ["라벨을 떼어 주세요."] : [],
    reward: rewarded ? reward : null,
    error: status === "failed" ? failure : null,
    photo_key: way % 2 === 0 ? `scan/${jobId}.png` : null,
    input_tokens: 100 + way,
    output_tokens: 20 + way,
    cost_micro_usd: 455 + way,
    ...ended,
  };
  type Unplaced = DomainEvent extends infer Event
    ? Event extends DomainEvent
      ? Omit<Event, "seq" | "at">
      : never
    : never;
  const told: Unplaced[] = [
    { type: "scan.requested", data: { model, region, photo: true, words: true } },
    ...(status === "cancelled"
      ? []
      : [
          {
            type: "scan.classified" as const,
            data: {
              classification: sort,
              situation_tags: ["내용물_없음" as const],
              regulation_version: "v1",
            },
          },
        ]),
    ...(parks
      ? [
          {
            type: "scan.parked" as const,
            data: { stage: "answer" as const, error: failure, redrives: 0 },
          },
        ]
      : []),
    ...(status === "completed"
      ? [
          {
            type: "scan.answered" as const,
            data: { steps: 2, insufficiencies: data.insufficiencies },
          },
        ]
      : []),
    ...(rewarded ? [{ type: "scan.rewarded" as const, data: reward }] : []),
    { type: status === "completed" ? "scan.completed" : "scan.failed", data },
  ];
  const events = told.map((event, seq) => Object.assign({ seq, at: at + seq * 1000 }, event));
  return { jobId, userId, traceparent, events };
}

/** A scan's events as its job sends them: all at once, or cut where `cuts` say. */
export function messagesOf({ jobId, userId, traceparent, events }: Scan, cuts: number[] = []) {
  const edges = [0, ...cuts, events.length];
  return edges.slice(1).flatMap((end, index): ScanEventsMessage[] => {
    const part = events.slice(edges[index], end);
    return part.length > 0 ? [{ jobId, userId, traceparent, events: part }] : [];
  });
}

/** Appends scans at once, as if their messages had come. */
export const append = (...scans: Scan[]) =>
  appendEvents(
    env.DB,
    scans.flatMap((scan) => messagesOf(scan)),
  );

/** Brings every reader to the head. */
export const catchUpFully = () => catchUpAll(env.DB, 1_000);

const tables = {
  history: [
    "SELECT * FROM scan_history ORDER BY job_id",
    "SELECT * FROM scan_totals ORDER BY user_id, status, major, middle, reward_code",
  ],
  "daily-statistics": [
    "SELECT * FROM daily_statistics ORDER BY day, region, major, middle, model, outcome",
  ],
  audit: ["SELECT * FROM scan_audit ORDER BY cursor"],
} as const;
export type ReaderName = keyof typeof tables;
export const readerNames = ["history", "daily-statistics", "audit"] as const;

/** All that a reader has written, byte for byte. */
export async function written(name: ReaderName): Promise<string> {
  const found = await env.DB.batch(tables[name].map((query) => env.DB.prepare(query)));
  return found.flatMap(({ results }) => results.map((row) => JSON.stringify(row))).join("\n");
}

export const writtenByAll = () => Promise.all(readerNames.map(written));

/** The log and everything made of it, as it is before the first event. The cursor goes on. */
export async function emptyLog(): Promise<void> {
  const names = [
    "events",
    "event_readers",
    "reader_dead_letters",
    "event_archives",
    "event_archive_users",
    "event_archive_jobs",
    "erased_users",
    "scan_history",
    "daily_statistics",
    "scan_audit",
  ];
  await env.DB.batch(names.map((name) => env.DB.prepare(`DELETE FROM ${name}`)));
  const { objects } = await env.EVENT_ARCHIVE.list();
  await env.EVENT_ARCHIVE.delete(objects.map(({ key }) => key));
}

/** The whole log in order. */
export async function wholeLog() {
  const { results } = await env.DB.prepare("SELECT * FROM events ORDER BY cursor").all<{
    cursor: number;
    job_id: string;
    seq: number;
    type: string;
    at: number;
    user_id: string | null;
    traceparent: string | null;
    data: string;
  }>();
  return results;
}

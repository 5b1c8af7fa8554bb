import { z } from "zod";
import { type EventFrame, frameOf } from "../../src/pipeline/frames.ts";
import { type EventDraft, JobEvent } from "../../src/pipeline/job-events.ts";
import { type JobState, reduce, replay } from "../../src/pipeline/job.ts";

/** An event with the job's state after it. */
export interface Happened {
  event: JobEvent;
  state: JobState;
}

export type EventLog = ReturnType<typeof eventLog>;

/** Some events in a row, under one key, and the seq up to which effects were published when it was last written. */
const Part = z.object({ events: z.array(JobEvent), publishedSeq: z.int() });
type Part = z.infer<typeof Part>;

/** A part is named by its first seq, and sorts by it. */
const prefix = "log:";
const keyOf = ({ events }: Part) => `${prefix}${String(events[0]?.seq ?? 0).padStart(8, "0")}`;
const firstKey = keyOf({ events: [], publishedSeq: -1 });
/**
 * A part that has as many events is not written any more. Each write is billed as a row, whatever its size, and so is
 * each key when the job is purged; but the more there is in a part, the more each commit writes.
 */
const partEvents = 4;

/** Until when the lease of a running attempt was last renewed, Unix ms. */
interface Renewal {
  lease: string;
  expiresAt: number;
}
const renewalKey = "renewal";

const withRenewal = (state: JobState | null, renewal?: Renewal): JobState | null =>
  state?.lease && state.lease.id === renewal?.lease
    ? { ...state, lease: { ...state.lease, expiresAt: renewal.expiresAt } }
    : state;

/**
 * A job's events in its object's storage, and the state folded from them. The log is the outbox, too: it has
 * the seq up to which effects are published.
 */
export function eventLog(storage: DurableObjectStorage) {
  const { kv } = storage;
  const parts = read(storage);
  let events = parts.flatMap((part) => part.events);
  let publishedSeq = parts.at(-1)?.publishedSeq ?? -1;
  let last: Part = { events: [...(parts.at(-1)?.events ?? [])], publishedSeq };
  const write = () => kv.put(keyOf(last), last);
  let state = withRenewal(replay(events), kv.get<Renewal>(renewalKey));

  return {
    /** Null when there is no such job. */
    get state(): JobState | null {
      return state;
    },
    get events(): readonly JobEvent[] {
      return events;
    },
    /** The seq up to which effects are published; -1 for none. */
    get publishedSeq(): number {
      return publishedSeq;
    },

    /** Appends the events of one turn, and folds them into the state. */
    append(drafts: readonly EventDraft[], at: number): Happened[] {
      const first = state?.nextSeq ?? 0;
      const added = drafts.map((draft, index): JobEvent => ({ ...draft, seq: first + index, at }));
      events.push(...added);
      if (last.events.length >= partEvents) last = { events: [], publishedSeq };
      last.events.push(...added);
      write();
      return added.flatMap((event) => {
        state = reduce(state, event);
        return state ? [{ event, state }] : [];
      });
    },

    /**
     * Makes the lease that is held last longer. It is no event: clients do not see it, and it needs no
     * seq.
     */
    renewLease(expiresAt: number) {
      if (!state?.lease) return;
      const renewal: Renewal = { lease: state.lease.id, expiresAt };
      kv.put(renewalKey, renewal);
      state = withRenewal(state, renewal);
    },

    /** Gives the job to another user. Effects that are being published are published again, for that user. */
    changeOwner(userId: string) {
      const owned = (event: JobEvent): JobEvent =>
        event.type === "queued" ? { ...event, userId } : event;
      const first = Part.parse(kv.get(firstKey));
      kv.put(firstKey, { ...first, events: first.events.map(owned) });
      last.events = last.events.map(owned);
      events = events.map(owned);
      state = state && { ...state, userId };
    },

    markPublished(seq: number) {
      publishedSeq = seq;
      last.publishedSeq = seq;
      write();
    },

    /**
     * The frames of the events after a cursor. Each is built from the state at its own time; but the end of a
     * run that a confirmation has continued ends no stream.
     */
    *framesAfter(cursor: number): Generator<EventFrame> {
      let folded: JobState | null = null;
      for (const event of events) {
        folded = reduce(folded, event);
        if (!folded || event.seq <= cursor) continue;
        const frame = frameOf(event, folded);
        const isContinued = event.type === "done" && event.seq + 1 < events.length;
        yield isContinued ? { ...frame, status: "resumed" } : frame;
      }
    },

    /** Forgets the job in memory. */
    clear() {
      events = [];
      publishedSeq = -1;
      last = { events: [], publishedSeq };
      state = null;
    },
  };
}

/** Reading writes nothing, so that a call to an unknown job leaves no trace. */
function read({ sql, kv }: DurableObjectStorage): Part[] {
  const parts = Array.from(kv.list({ prefix }), ([, part]) => Part.parse(part));
  if (parts[0]?.events[0]?.seq === 0) return parts;
  const earlier = readTable(sql);
  return earlier.events.length === 0 ? parts : [earlier, ...parts];
}

/** The log of a job of an earlier version, as far as it is in a table, with a row a commit. */
function readTable(sql: SqlStorage): Part {
  const log: Part = { events: [], publishedSeq: -1 };
  const table = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'commits'";
  const [created] = sql.exec<{ sql: string }>(table).toArray();
  if (!created) return log;
  const mark = /\btold\b/.test(created.sql) ? "told" : "published";
  const rows = `SELECT events, ${mark} AS published FROM commits ORDER BY seq`;
  for (const row of sql.exec<{ events: string; published: number }>(rows)) {
    log.events.push(...z.array(JobEvent).parse(JSON.parse(row.events)));
    if (row.published === 1) log.publishedSeq = log.events.length - 1;
  }
  return log;
}

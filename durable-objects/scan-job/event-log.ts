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

const Commit = z.array(JobEvent);

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
 * A job's events in its object's SQLite, and the state folded from them. The events of one turn are
 * one row, so that they are written together and billed once. The log is the outbox, too: a row is
 * marked when the effects of all events up to it are published.
 */
export function eventLog({ sql, kv }: DurableObjectStorage) {
  let { events, publishedSeq } = read(sql);
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
      if (!state) create(sql);
      const first = state?.nextSeq ?? 0;
      const added = drafts.map((draft, index): JobEvent => ({ ...draft, seq: first + index, at }));
      const commit = "INSERT INTO commits (seq, events) VALUES (?, ?)";
      sql.exec(commit, first, JSON.stringify(added));
      events.push(...added);
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

    markPublished(seq: number) {
      const last = "SELECT MAX(seq) FROM commits WHERE seq <= ?";
      sql.exec(`UPDATE commits SET published = 1 WHERE seq = (${last})`, seq);
      publishedSeq = seq;
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

    /** Deletes the stored events. */
    drop: () => sql.exec("DROP TABLE IF EXISTS commits"),

    /** Forgets the job in memory. */
    clear() {
      events = [];
      publishedSeq = -1;
      state = null;
    },
  };
}

/** Reading writes nothing, so that a call to an unknown job leaves no trace. */
function read(sql: SqlStorage): { events: JobEvent[]; publishedSeq: number } {
  const events: JobEvent[] = [];
  let publishedSeq = -1;
  const table = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'commits'";
  const [created] = sql.exec<{ sql: string }>(table).toArray();
  if (!created) return { events, publishedSeq };
  // Jobs of earlier versions.
  if (/\btold\b/.test(created.sql)) sql.exec("ALTER TABLE commits RENAME told TO published");
  const rows = "SELECT events, published FROM commits ORDER BY seq";
  for (const row of sql.exec<{ events: string; published: number }>(rows)) {
    events.push(...Commit.parse(JSON.parse(row.events)));
    if (row.published === 1) publishedSeq = events.length - 1;
  }
  return { events, publishedSeq };
}

function create(sql: SqlStorage) {
  sql.exec(`CREATE TABLE commits (
    seq INTEGER PRIMARY KEY, events TEXT NOT NULL, published INTEGER NOT NULL DEFAULT 0
  ) STRICT`);
}

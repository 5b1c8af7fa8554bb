import { z } from "zod";
import { JobEvent } from "../src/pipeline/events.ts";

const Commit = z.array(JobEvent);

/**
 * A job's events in its object's SQLite. What happens in one turn is one row, so that it is
 * written whole and billed once. The log is the outbox, too: a row is marked when the effects of all
 * up to it have left.
 */
export function eventLog(sql: SqlStorage) {
  const exists = () =>
    sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'commits'").toArray()
      .length > 0;

  return {
    /**
     * All events in order, and the seq up to which their effects have left, -1 for none. Reading
     * writes nothing, so that asking for an unknown job leaves no trace.
     */
    read(): { events: JobEvent[]; told: number } {
      const events: JobEvent[] = [];
      let told = -1;
      if (!exists()) return { events, told };
      const query = "SELECT events, told FROM commits ORDER BY seq";
      for (const row of sql.exec<{ events: string; told: number }>(query)) {
        events.push(...Commit.parse(JSON.parse(row.events)));
        if (row.told === 1) told = events.length - 1;
      }
      return { events, told };
    },

    create() {
      sql.exec(`CREATE TABLE commits (
        seq INTEGER PRIMARY KEY, events TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0
      ) STRICT`);
    },

    /** Appends what happened in one turn, keyed by the seq of its first event. */
    append(events: readonly JobEvent[]) {
      const text = JSON.stringify(events);
      sql.exec("INSERT INTO commits (seq, events) VALUES (?, ?)", events[0]?.seq, text);
    },

    /** The effects of all events up to this seq have left. */
    markTold(seq: number) {
      const last = "SELECT MAX(seq) FROM commits WHERE seq <= ?";
      sql.exec(`UPDATE commits SET told = 1 WHERE seq = (${last})`, seq);
    },
  };
}

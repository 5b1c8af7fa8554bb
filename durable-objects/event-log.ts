import { z } from "zod";
import { JobEvent } from "../src/pipeline/events.ts";

const Commit = z.array(JobEvent);

/**
 * A job's events in its object's SQLite. What happens in one turn is one row, so that it is
 * written whole and billed once.
 */
export function eventLog(sql: SqlStorage) {
  const exists = () =>
    sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'commits'").toArray()
      .length > 0;

  return {
    /** All events in order; reading writes nothing, so that asking for an unknown job leaves no trace. */
    read(): JobEvent[] {
      if (!exists()) return [];
      return sql
        .exec<{ events: string }>("SELECT events FROM commits ORDER BY seq")
        .toArray()
        .flatMap(({ events }) => Commit.parse(JSON.parse(events)));
    },

    create() {
      sql.exec("CREATE TABLE commits (seq INTEGER PRIMARY KEY, events TEXT NOT NULL) STRICT");
    },

    /** Appends what happened in one turn, keyed by the seq of its first event. */
    append(events: readonly JobEvent[]) {
      sql.exec("INSERT INTO commits VALUES (?, ?)", events[0]?.seq, JSON.stringify(events));
    },
  };
}

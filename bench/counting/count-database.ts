import { waitUntil } from "cloudflare:workers";
import { z } from "zod";
import { around, count, Host } from "./tally.ts";

const Result = z.object({
  meta: z.object({ rows_written: z.number(), rows_read: z.number(), changes: z.number() }),
});
/** A prepared statement has its text, though its type does not show it. */
const Statement = z.object({ statement: z.string() });
const Column = z.string().optional();

/** The table that a statement writes, or else reads. */
const tableOf = (sql: string): string =>
  /\bINTO\s+(\w+)/i.exec(sql)?.[1] ??
  /\bUPDATE\s+(\w+)/i.exec(sql)?.[1] ??
  /\bFROM\s+(\w+)/i.exec(sql)?.[1] ??
  "none";

/** Local SQLite reports an updated row of a table without rowid as changed, and not as written. */
function countRows(statement: unknown, result: unknown) {
  const { meta } = Result.parse(result);
  const table = tableOf(Statement.parse(statement).statement);
  count("databaseRowsWritten", table, Math.max(meta.rows_written, meta.changes));
  count("databaseRowsRead", table, meta.rows_read);
}

/** An answer is counted even when the invocation that asked ends before it. */
function counted(method: string, asked: unknown, countAnswer: (answer: unknown) => void) {
  count("databaseCalls", method);
  const answer = Promise.resolve(asked).then((it) => {
    countAnswer(it);
    return it;
  });
  waitUntil(answer.catch(() => {}));
  return answer;
}

/** Counts calls of a database, and rows as their answers report them. */
export function watchDatabase(database: D1Database): void {
  watchStatements(database.prepare("SELECT 1"));
  around(database, "batch", (call, [given]) => {
    const statements = z.array(Statement).parse(given);
    return counted("batch", call(), (results) => {
      for (const [index, result] of z.array(Result).parse(results).entries()) {
        countRows(statements[index], result);
      }
    });
  });
}

/** Counts what is asked of this prepared statement, and of all others, whose prototype it shares. */
function watchStatements(statement: D1PreparedStatement) {
  const prototype = Host.parse(Object.getPrototypeOf(statement));
  for (const method of ["all", "run"]) {
    around(prototype, method, (call, _, self) =>
      counted(method, call(), (result) => countRows(self, result)),
    );
  }
  // The answer of first() reports no rows; all()'s does.
  const Prepared = z.custom<D1PreparedStatement>((it) =>
    Object.prototype.isPrototypeOf.call(prototype, Host.parse(it)),
  );
  around(prototype, "first", async (_, [column], self) => {
    const name = Column.parse(column);
    const { results } = await Prepared.parse(self).all();
    const row = results[0] ?? null;
    return name !== undefined && row ? row[name] : row;
  });
  around(prototype, "raw", () => {
    throw new Error("Rows of raw() are not reported, and so not counted");
  });
}

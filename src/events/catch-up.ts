import { z } from "zod";
import { guardedBatch, isRefusal, splitBatch } from "../platform/guarded-batch.ts";
import { log } from "../platform/log.ts";
import { raw, sql } from "../platform/sql.ts";
import { recordUnappliedEvent } from "../dead-letters/record-dead-letters.ts";
import { EventRow, loggedEventOf } from "./logged-event.ts";
import { projections } from "./projections/projections.ts";
import type { Projection } from "./projections/projection.ts";

/** Events that are read and applied in one transaction. */
export const sliceSize = 1_000;

/**
 * Catches every projection up with the head of the log, in at most `slices` slices each. A projection
 * that fails keeps its cursor, its lag grows, and the others continue.
 */
export async function catchUpProjections(db: D1Database, slices: number): Promise<void> {
  if (await catchUpTogether(db, slices)) return;
  await Promise.all(
    projections.map(async (projection) => {
      try {
        await catchUp(db, projection, slices);
      } catch (error) {
        log("error", "projection.stopped", { projection: projection.name, error: String(error) });
      }
    }),
  );
}

/**
 * Projections nearly always have the same cursor: each slice is then read once and applied to all of
 * them in one transaction.
 * @returns false when their cursors differ or one fails, so that each has to catch up alone.
 */
async function catchUpTogether(db: D1Database, slices: number): Promise<boolean> {
  try {
    for (let slice = 0; slice < slices; slice++) {
      const { cursors, rows } = await nextSlice(db, projections, sliceSize);
      const [from = 0] = cursors;
      if (cursors.some((cursor) => cursor !== from)) return false;
      if (rows.length > 0) await db.batch(applyAndAdvance(db, projections, from, rows));
      if (rows.length < sliceSize) return true;
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * Applies at most `slices` slices of the log to one projection.
 * @returns false when the log has more events.
 */
export async function catchUp(
  db: D1Database,
  projection: Projection,
  slices: number,
  size = sliceSize,
): Promise<boolean> {
  for (let slice = 0; slice < slices; slice++) {
    const { cursors, rows } = await nextSlice(db, [projection], size);
    if (rows.length === 0) return true;
    // When another run has applied the slice, nothing is written, and the next slice is read.
    await apply(db, projection, cursors[0] ?? 0, rows);
  }
  return false;
}

export const cursorOf = (name: string) =>
  `coalesce((SELECT cursor FROM event_readers WHERE name = ${name}), 0)`;
export const slice = `SELECT * FROM events WHERE cursor > ${cursorOf("?1")} ORDER BY cursor LIMIT ?2`;
const cursorsQuery = `SELECT ${cursorOf("value")} AS cursor FROM json_each(?1) ORDER BY key`;

/** The cursors of projections, and the events that follow the first one's cursor. */
async function nextSlice(db: D1Database, group: readonly Projection[], size: number) {
  const [at, rows] = await db.batch([
    db.prepare(cursorsQuery).bind(namesOf(group)),
    db.prepare(slice).bind(group[0]?.name ?? "", size),
  ]);
  const cursors = z.array(z.object({ cursor: z.int() })).parse(at?.results);
  return {
    cursors: cursors.map(({ cursor }) => cursor),
    rows: z.array(EventRow).parse(rows?.results),
  };
}

const namesOf = (group: readonly Projection[]) => JSON.stringify(group.map(({ name }) => name));

/**
 * Applies events and moves the cursor past them in one transaction. When another run has moved the
 * cursor meanwhile, nothing is written. An event that the database refuses becomes a dead letter.
 */
async function apply(
  db: D1Database,
  projection: Projection,
  from: number,
  rows: readonly EventRow[],
): Promise<void> {
  const before = ([first]: readonly EventRow[]) =>
    rows.findLast(({ cursor }) => cursor < (first?.cursor ?? 0))?.cursor ?? from;
  const write = (statements: D1PreparedStatement[]) =>
    guardedBatch(db, "event_readers.cursor", statements);
  await splitBatch(
    rows,
    (some) => write(applyAndAdvance(db, [projection], before(some), some)),
    async (refused, error) => {
      if (!isRefusal(error)) throw error;
      await write([
        advanceCursors(db, [projection], before(refused), refused),
        ...refused.map((row) => deadLetterOf(db, projection, row, error)),
      ]);
    },
  );
}

/** The statements that apply events to projections and advance their cursors. */
const applyAndAdvance = (
  db: D1Database,
  group: readonly Projection[],
  from: number,
  rows: readonly EventRow[],
): D1PreparedStatement[] => [
  advanceCursors(db, group, from, rows),
  ...group.flatMap((projection) => {
    const { statements, unapplied } = prepare(db, projection, rows);
    return [...statements, ...unapplied];
  }),
];

/** What a projection writes of events, and the dead letters of those that it cannot read. */
export function prepare(db: D1Database, projection: Projection, rows: readonly EventRow[]) {
  const written: object[] = [];
  const unapplied: D1PreparedStatement[] = [];
  for (const row of rows) {
    try {
      const entry = projection.rowOf(loggedEventOf(row));
      if (entry) written.push(...[entry].flat());
    } catch (error) {
      // `rowOf` throws whatever the event's data provokes; the projection continues without the event.
      unapplied.push(deadLetterOf(db, projection, row, error));
    }
  }
  const statements =
    written.length > 0 ? [db.prepare(projection.write).bind(JSON.stringify(written))] : [];
  return { statements, unapplied };
}

/**
 * Advances cursors past events. It is the guard of its batch: the batch fails when a cursor is no longer
 * `from`, or when one of the events was redacted after it was read.
 */
function advanceCursors(
  db: D1Database,
  group: readonly Projection[],
  from: number,
  rows: readonly EventRow[],
): D1PreparedStatement {
  const to = rows.at(-1)?.cursor ?? from;
  const named = rows.filter(({ user_id }) => user_id !== null).length;
  return sql(db)`
    INSERT INTO event_readers (name, cursor, updated_at)
    SELECT value, CASE WHEN ${raw(cursorOf("value"))} = ${from} AND ${named} = (
      SELECT count(user_id) FROM events WHERE cursor > ${from} AND cursor <= ${to})
      THEN ${to} END, ${Date.now()}
    FROM json_each(${namesOf(group)}) WHERE true
    ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at`;
}

const deadLetterOf = (db: D1Database, { name }: Projection, event: EventRow, error: unknown) =>
  recordUnappliedEvent(db, { projection: name, event, reason: reasonOf(error) });

/** The reason for a dead letter, without the event's values, which may be personal. */
export const reasonOf = (error: unknown): string =>
  error instanceof z.ZodError
    ? error.issues.map(({ path, code }) => `${path.join(".")}: ${code}`).join("; ")
    : String(error);

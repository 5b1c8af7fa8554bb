import { z } from "zod";
import { guardedBatch, isRefusal, splitBatch } from "../platform/guarded-batch.ts";
import { log } from "../platform/log.ts";
import { fragment, raw, sql } from "../platform/sql.ts";
import { recordUnappliedEvent } from "../dead-letters/record-dead-letters.ts";
import { cursorOf } from "./log-head.ts";
import type { LoggedEvent } from "./logged-event.ts";
import { projections } from "./projections/projections.ts";
import type { Projection } from "./projections/projection.ts";
import { type LogPage, type LogStores, readLog } from "./read-log.ts";

/** Events that are read and applied in one transaction. */
const sliceSize = 1_000;

/** Events, the cursor that they follow, and whether they are still as they were read. */
interface Slice extends Pick<LogPage, "after" | "unchanged"> {
  events: readonly LoggedEvent[];
}

/**
 * Catches every projection up with the head of the log, in at most `slices` slices each. A projection
 * that fails keeps its cursor, its lag grows, and the others continue.
 */
export async function catchUpProjections(stores: LogStores, slices: number): Promise<void> {
  if (await catchUpTogether(stores, slices)) return;
  await Promise.all(
    projections.map(async (projection) => {
      try {
        await catchUp(stores, projection, slices);
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
async function catchUpTogether(stores: LogStores, slices: number): Promise<boolean> {
  try {
    for (let slice = 0; slice < slices; slice++) {
      const page = await nextSlice(stores, projections, sliceSize);
      // The guard fails for a projection that is ahead of the page.
      if (page.events.length > 0)
        await stores.DB.batch(applyAndAdvance(stores.DB, projections, page));
      if (page.next >= page.head) return true;
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * Applies at most `slices` slices of the log to one projection.
 * @returns false when the log has more events.
 * @throws {UnreadableArchive} when the next events cannot be read: they are not left out.
 */
export async function catchUp(
  stores: LogStores,
  projection: Projection,
  slices: number,
  size = sliceSize,
): Promise<boolean> {
  for (let slice = 0; slice < slices; slice++) {
    const page = await nextSlice(stores, [projection], size);
    if (page.events.length === 0) return true;
    // When another run has applied the slice, nothing is written, and the next slice is read.
    await apply(stores.DB, projection, page);
  }
  return false;
}

/** The events that follow the first cursor among projections. */
const nextSlice = (stores: LogStores, group: readonly Projection[], size: number) => {
  const cursors = raw(`${cursorOf("value")} AS cursor`);
  const from = fragment`(SELECT min(cursor) FROM (
    SELECT ${cursors} FROM json_each(${namesOf(group)})))`;
  return readLog(stores, from, size);
};

const namesOf = (group: readonly Projection[]) => JSON.stringify(group.map(({ name }) => name));

/**
 * Applies events and moves the cursor past them in one transaction. When another run has moved the
 * cursor meanwhile, nothing is written. An event that the database refuses becomes a dead letter.
 */
async function apply(db: D1Database, projection: Projection, page: LogPage): Promise<void> {
  const { after, events, unchanged } = page;
  const part = (some: readonly LoggedEvent[]): Slice => {
    const [first] = some;
    const before = events.findLast(({ cursor }) => cursor < (first?.cursor ?? 0))?.cursor ?? after;
    return { after: before, events: some, unchanged };
  };
  const write = (statements: D1PreparedStatement[]) =>
    guardedBatch(db, "event_readers.cursor", statements);
  await splitBatch(
    events,
    (some) => write(applyAndAdvance(db, [projection], part(some))),
    async (refused, error) => {
      if (!isRefusal(error)) throw error;
      await write([
        advanceCursors(db, [projection], part(refused)),
        ...refused.map((event) => deadLetterOf(db, projection, event, error)),
      ]);
    },
  );
}

/** The statements that apply events to projections and advance their cursors. */
const applyAndAdvance = (
  db: D1Database,
  group: readonly Projection[],
  slice: Slice,
): D1PreparedStatement[] => [
  advanceCursors(db, group, slice),
  ...group.flatMap((projection) => {
    const { statements, unapplied } = prepare(db, projection, slice.events);
    return [...statements, ...unapplied];
  }),
];

/** What a projection writes of events, and the dead letters of those that it cannot read. */
export function prepare(db: D1Database, projection: Projection, events: readonly LoggedEvent[]) {
  const written: object[] = [];
  const unapplied: D1PreparedStatement[] = [];
  for (const event of events) {
    try {
      const entry = projection.rowOf(event);
      if (entry) written.push(...[entry].flat());
    } catch (error) {
      // `rowOf` throws whatever the event's data provokes; the projection continues without the event.
      unapplied.push(deadLetterOf(db, projection, event, error));
    }
  }
  const statements =
    written.length > 0 ? [db.prepare(projection.write).bind(JSON.stringify(written))] : [];
  return { statements, unapplied };
}

/**
 * Advances cursors past events. It is the guard of its batch: the batch fails when a cursor is no longer
 * the one that the events follow, or when one of them was redacted after it was read.
 */
function advanceCursors(
  db: D1Database,
  group: readonly Projection[],
  { after, events, unchanged }: Slice,
): D1PreparedStatement {
  const to = events.at(-1)?.cursor ?? after;
  return sql(db)`
    INSERT INTO event_readers (name, cursor, updated_at)
    SELECT value, CASE WHEN ${raw(cursorOf("value"))} = ${after} AND ${unchanged} THEN ${to} END,
      ${Date.now()}
    FROM json_each(${namesOf(group)}) WHERE true
    ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at`;
}

const deadLetterOf = (db: D1Database, { name }: Projection, event: LoggedEvent, error: unknown) =>
  recordUnappliedEvent(db, { projection: name, event, reason: reasonOf(error) });

/** The reason for a dead letter, without the event's values, which may be personal. */
export const reasonOf = (error: unknown): string =>
  error instanceof z.ZodError
    ? error.issues.map(({ path, code }) => `${path.join(".")}: ${code}`).join("; ")
    : String(error);

import { z } from "zod";
import { guardedBatch, isRefusal, splitBatch } from "../platform/guarded-batch.ts";
import { log } from "../platform/log.ts";
import { EventRow, loggedEventOf } from "./logged-event.ts";
import { readers } from "./readers/index.ts";
import type { Reader } from "./readers/reader.ts";

/** How many events are taken at once. */
export const sliceSize = 1_000;

/**
 * Brings every reader to the head of the log, in at most so many slices each. One that cannot go on
 * stays where it is, which its lag shows, and stops no other.
 */
export async function catchUpAll(db: D1Database, slices: number): Promise<void> {
  if (await goTogether(db, slices)) return;
  await Promise.all(
    readers.map(async (reader) => {
      try {
        await catchUp(db, reader, slices);
      } catch (error) {
        log("error", "reader.stopped", { reader: reader.name, error: String(error) });
      }
    }),
  );
}

/**
 * Readers that stand at the same place, as they nearly always do, read a slice once and move past it
 * in one transaction. False when each is to go by itself, and say itself what stops it.
 */
async function goTogether(db: D1Database, slices: number): Promise<boolean> {
  try {
    for (let slice = 0; slice < slices; slice++) {
      const { cursors, rows } = await nextSlice(db, readers, sliceSize);
      const [from = 0] = cursors;
      if (cursors.some((cursor) => cursor !== from)) return false;
      if (rows.length > 0) await db.batch(movingPast(db, readers, from, rows));
      if (rows.length < sliceSize) return true;
    }
    return true;
  } catch {
    return false;
  }
}

/** Applies at most so many slices. False when the log has more. */
export async function catchUp(
  db: D1Database,
  reader: Reader,
  slices: number,
  size = sliceSize,
): Promise<boolean> {
  for (let slice = 0; slice < slices; slice++) {
    const { cursors, rows } = await nextSlice(db, [reader], size);
    if (rows.length === 0) return true;
    // One that another run has taken is read anew.
    await apply(db, reader, cursors[0] ?? 0, rows);
  }
  return false;
}

export const cursorOf = (name: string) =>
  `coalesce((SELECT cursor FROM event_readers WHERE name = ${name}), 0)`;
export const slice = `SELECT * FROM events WHERE cursor > ${cursorOf("?1")} ORDER BY cursor LIMIT ?2`;
const places = `SELECT ${cursorOf("value")} AS cursor FROM json_each(?1) ORDER BY key`;

/** Where readers stand, and what follows the first of them. */
async function nextSlice(db: D1Database, group: readonly Reader[], size: number) {
  const [at, rows] = await db.batch([
    db.prepare(places).bind(namesOf(group)),
    db.prepare(slice).bind(group[0]?.name ?? "", size),
  ]);
  const cursors = z.array(z.object({ cursor: z.int() })).parse(at?.results);
  return {
    cursors: cursors.map(({ cursor }) => cursor),
    rows: z.array(EventRow).parse(rows?.results),
  };
}

const namesOf = (group: readonly Reader[]) => JSON.stringify(group.map(({ name }) => name));

/**
 * Applies events and moves the cursor past them in one transaction. When another run has moved the
 * cursor meanwhile, nothing is written. An event that the database refuses becomes a dead letter.
 */
async function apply(
  db: D1Database,
  reader: Reader,
  from: number,
  rows: readonly EventRow[],
): Promise<void> {
  const before = ([first]: readonly EventRow[]) =>
    rows.findLast(({ cursor }) => cursor < (first?.cursor ?? 0))?.cursor ?? from;
  const move = (statements: D1PreparedStatement[]) =>
    guardedBatch(db, "event_readers.cursor", statements);
  await splitBatch(
    rows,
    (some) => move(movingPast(db, [reader], before(some), some)),
    async (refused, error) => {
      if (!isRefusal(error)) throw error;
      await move([
        moveCursors(db, [reader], before(refused), refused),
        ...refused.map((row) => letterOf(db, reader, row.cursor, error)),
      ]);
    },
  );
}

/** Moves readers past events with what each writes of them. */
const movingPast = (
  db: D1Database,
  group: readonly Reader[],
  from: number,
  rows: readonly EventRow[],
): D1PreparedStatement[] => [
  moveCursors(db, group, from, rows),
  ...group.flatMap((reader) => {
    const { statements, letters } = prepare(db, reader, rows);
    return [...statements, ...letters];
  }),
];

/** What a reader writes of events, and letters for those that it cannot read. */
export function prepare(db: D1Database, reader: Reader, rows: readonly EventRow[]) {
  const written: object[] = [];
  const letters: D1PreparedStatement[] = [];
  for (const row of rows) {
    try {
      const entry = reader.rowOf(loggedEventOf(row));
      if (entry) written.push(entry);
    } catch (error) {
      // Whatever is wrong with this event, the reader goes on without it.
      letters.push(letterOf(db, reader, row.cursor, error));
    }
  }
  const statements =
    written.length > 0 ? [db.prepare(reader.write).bind(JSON.stringify(written))] : [];
  return { statements, letters };
}

/**
 * Stops its batch, by a null where none may be, unless each reader still stands where the events begin
 * and none of them was redacted since they were read.
 */
function moveCursors(
  db: D1Database,
  group: readonly Reader[],
  from: number,
  rows: readonly EventRow[],
): D1PreparedStatement {
  const to = rows.at(-1)?.cursor ?? from;
  const named = rows.filter(({ user_id }) => user_id !== null).length;
  return db
    .prepare(
      `INSERT INTO event_readers (name, cursor, updated_at)
       SELECT value, CASE WHEN ${cursorOf("value")} = ?2 AND ?4 = (
         SELECT count(user_id) FROM events WHERE cursor > ?2 AND cursor <= ?3) THEN ?3 END, ?5
       FROM json_each(?1) WHERE true
       ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at`,
    )
    .bind(namesOf(group), from, to, named, Date.now());
}

function letterOf(
  db: D1Database,
  { name }: Reader,
  cursor: number,
  error: unknown,
): D1PreparedStatement {
  log("error", "reader.event_refused", { reader: name, cursor });
  return db
    .prepare(
      `INSERT INTO reader_dead_letters (reader, cursor, error, at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO UPDATE SET error = excluded.error, at = excluded.at`,
    )
    .bind(name, cursor, reasonOf(error), Date.now());
}

/** Why, without the values: they may be personal. */
export const reasonOf = (error: unknown): string =>
  error instanceof z.ZodError
    ? error.issues.map(({ path, code }) => `${path.join(".")}: ${code}`).join("; ")
    : String(error);

import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import type { StormServer } from "./storm-server.ts";
import {
  FeedEvent,
  HistoryItem,
  OwnershipRow,
  StatisticsRow,
  type Stores,
  type UserPages,
  UserTotals,
} from "./stores.ts";

const pageSize = 500;

/** Opens the database of a local server for reading. */
function openDatabase(persistTo: string): DatabaseSync {
  const files = globSync(join(persistTo, "v3/d1/**/*.sqlite"));
  for (const file of files) {
    const database = new DatabaseSync(file, { readOnly: true });
    const found = database
      .prepare("SELECT 1 FROM sqlite_master WHERE name = 'character_ownerships'")
      .get();
    if (found) return database;
    database.close();
  }
  throw new Error(`No database is in ${persistTo}`);
}

async function readFeed(server: StormServer): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (let after = 0; ;) {
    const page = await server.readFeed(after, pageSize);
    const found = z.array(FeedEvent).parse(page.events);
    events.push(...found);
    if (page.next === after) return events;
    after = page.next;
  }
}

const HistoryPage = z.object({
  items: z.array(HistoryItem),
  next_cursor: z.string().nullable(),
});
const Characters = z.array(z.object({ code: z.string() }));

async function readPages(server: StormServer, userId: string): Promise<UserPages> {
  const read = async (path: string) => server.readAs(userId, path);
  const history: HistoryItem[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const page = HistoryPage.parse(await read(`scans?limit=100${query}`));
    history.push(...page.items);
    cursor = page.next_cursor;
  }
  const totals = UserTotals.parse(await read("stats"));
  const characters = Characters.parse(await read("characters")).map(({ code }) => code);
  return { userId, history, totals, characters };
}

/** Reads what the scans have left in the server's stores. */
export async function readStores(
  server: StormServer,
  userIds: readonly string[],
  outside: Pick<Stores, "webhooks" | "callsOf">,
): Promise<Stores> {
  const feed = await readFeed(server);
  const users = await Promise.all(userIds.map((userId) => readPages(server, userId)));
  const database = openDatabase(server.persistTo);
  try {
    const rows = (query: string) => database.prepare(query).all();
    const owned = "id, user_id, code AS character_code, acquired_at";
    return {
      ...outside,
      feed,
      users,
      ownerships: z.array(OwnershipRow).parse(rows("SELECT * FROM character_ownerships")),
      collections: z.array(OwnershipRow).parse(rows(`SELECT ${owned} FROM user_characters`)),
      statistics: z.array(StatisticsRow).parse(rows("SELECT * FROM daily_statistics")),
    };
  } finally {
    database.close();
  }
}

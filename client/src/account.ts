import type { Connection } from "./connection.ts";
import type { RequestOptions } from "./options.ts";
import type {
  Collected,
  Erasing,
  Erasure,
  HistoryCategory,
  HistoryItem,
  HistoryPage,
  Profile,
  ProfileChanges,
  Stats,
} from "./wire.ts";

export interface HistoryOptions extends RequestOptions {
  /** Scans of a page, 1 to 100; 20 by default. */
  limit?: number | undefined;
  /** Where the page before ended, its `next_cursor`. */
  cursor?: string | undefined;
  /** Only those of a major or a middle category. */
  category?: HistoryCategory | undefined;
}

const me = "/api/v1/users/me";

/** What users see and change of themselves. */
export function account({ read }: Connection) {
  const history = ({ limit, cursor, category, ...options }: HistoryOptions = {}) =>
    read<HistoryPage>(`${me}/scans`, { ...options, query: { limit, cursor, category } });

  return {
    me: (options?: RequestOptions): Promise<Profile> => read(me, options),

    /** What is not said stays, and null takes it away. */
    changeMe: (changes: ProfileChanges, options?: RequestOptions): Promise<Profile> =>
      read(me, { ...options, method: "PATCH", json: changes }),

    /** Asks to be forgotten; `erasure` tells how far that is. */
    forgetMe: (options?: RequestOptions): Promise<Erasing> =>
      read(me, { ...options, method: "DELETE" }),

    erasure: (id: string, options?: RequestOptions): Promise<Erasure> =>
      read(`${me}/erasures/${encodeURIComponent(id)}`, options),

    /** The characters that were collected, the newest last. */
    characters: (options?: RequestOptions): Promise<Collected[]> =>
      read(`${me}/characters`, options),

    /** What the ended scans came to. */
    stats: (options?: RequestOptions): Promise<Stats> => read(`${me}/stats`, options),

    /** A page of the ended scans, the newest first. */
    history: (options?: HistoryOptions): Promise<HistoryPage> => history(options),

    /** All of them, a page at a time as they are read. */
    async *historyAll(options: HistoryOptions = {}): AsyncGenerator<HistoryItem, void> {
      let { cursor } = options;
      do {
        const { items, next_cursor } = await history({ ...options, cursor });
        yield* items;
        cursor = next_cursor ?? undefined;
      } while (cursor !== undefined);
    },
  };
}

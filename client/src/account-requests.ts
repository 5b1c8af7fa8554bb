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
  PushState,
  PushSubscribed,
  Stats,
} from "./wire.ts";

export interface HistoryOptions extends RequestOptions {
  /** Scans per page, 1 to 100; 20 by default. */
  limit?: number | undefined;
  /** The `next_cursor` of the previous page. */
  cursor?: string | undefined;
  /** Only scans of this major or middle category. */
  category?: HistoryCategory | undefined;
}

const me = "/api/v1/users/me";

/** The user's own profile, history and collection. */
export function accountRequests({ request, requestJson }: Connection) {
  const history = ({ limit, cursor, category, ...options }: HistoryOptions = {}) =>
    requestJson<HistoryPage>(`${me}/scans`, { ...options, query: { limit, cursor, category } });

  return {
    me: (options?: RequestOptions): Promise<Profile> => requestJson(me, options),

    /** Fields that are left out stay; null deletes a field. */
    changeMe: (changes: ProfileChanges, options?: RequestOptions): Promise<Profile> =>
      requestJson(me, { ...options, method: "PATCH", json: changes }),

    /** Starts the erasure of the user's data; `erasure` answers its progress. */
    forgetMe: (options?: RequestOptions): Promise<Erasing> =>
      requestJson(me, { ...options, method: "DELETE" }),

    erasure: (id: string, options?: RequestOptions): Promise<Erasure> =>
      requestJson(`${me}/erasures/${encodeURIComponent(id)}`, options),

    /** The key to subscribe to Web Push with, and the parked scans that have ended. */
    push: (options?: RequestOptions): Promise<PushState> => requestJson(`${me}/push`, options),

    /** Notifies a browser, by the endpoint of its `PushSubscription`, when a parked scan ends. */
    subscribePush: (endpoint: string, options?: RequestOptions): Promise<PushSubscribed> =>
      requestJson(`${me}/push`, { ...options, method: "POST", json: { endpoint } }),

    unsubscribePush: async (id: string, options?: RequestOptions): Promise<void> => {
      await request(`${me}/push/${encodeURIComponent(id)}`, { ...options, method: "DELETE" });
    },

    /** The collected characters, the newest last. */
    characters: (options?: RequestOptions): Promise<Collected[]> =>
      requestJson(`${me}/characters`, options),

    /** Totals of the ended scans. */
    stats: (options?: RequestOptions): Promise<Stats> => requestJson(`${me}/stats`, options),

    /** One page of the ended scans, the newest first. */
    history: (options?: HistoryOptions): Promise<HistoryPage> => history(options),

    /** All ended scans; loads the next page when it is needed. */
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

import { z } from "zod";
import { appendChange } from "../events/append-change.ts";
import { parseRows } from "../platform/parse-rows.ts";
import { fragment, select, sql } from "../platform/sql.ts";
import { log } from "../platform/log.ts";
import { type StaleIfErrorCache, staleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import { AuthUnavailable } from "./auth-errors.ts";
import {
  revocationKeysOf,
  Revocation,
  type Revocable,
  type Revoked,
  revokedOf,
} from "./revocation.ts";
import { accessSeconds } from "./session-lifetimes.ts";
import { clockToleranceS } from "./verify-token.ts";

const from = { store: "revocations" };

/** How old the revocations of an isolate may be, ms. */
const freshMs = 30_000;

/**
 * The revocations in effect. While D1 is down the last ones stay in use at any age, because tokens
 * expire by themselves.
 */
export const revocationCache = (db: D1Database): StaleIfErrorCache<Revoked> =>
  staleIfErrorCache({
    name: "revocations",
    load: () => readRevoked(db, Date.now()),
    freshMs,
    usableMs: Infinity,
    loadMs: 2_000,
    pauseMs: 2_000,
    unavailable: (cause) => new AuthUnavailable("Revocations cannot be read", { cause }),
  });

/** What may be written: nothing that cannot be read. */
const Stored = Revocation.extend({
  value: z.string().min(1).max(255),
  revoked_at: z.int().nonnegative(),
  until: z.int().nonnegative().nullable(),
});

/** What a check needs of a row, so that nothing else in the row keeps it from counting. */
const RevokedRow = Revocation.pick({ kind: true, value: true, revoked_at: true });

/** Leaves out sessions whose access tokens have expired: a refresh reads D1 itself. */
async function readRevoked(db: D1Database, now: number): Promise<Revoked> {
  const sessionsSince = now - (accessSeconds + clockToleranceS) * 1000 - freshMs;
  return revokedOf(
    await select(db, RevokedRow)`
    SELECT kind, value, revoked_at FROM revocations
    WHERE (until IS NULL OR until > ${now})
      AND (kind <> 'session' OR revoked_at > ${sessionsSince})`,
  );
}

/**
 * The statements that revoke, and append it to the event log. An existing revocation keeps the later end. One that
 * changes nothing for its tokens is no event.
 */
export function revocationStatements(db: D1Database, order: Revocation): D1PreparedStatement[] {
  const { kind, value, revoked_at, until, by, why } = Stored.parse(order);
  const covered = fragment`EXISTS (SELECT 1 FROM revocations WHERE kind = ${kind} AND value = ${value}
    AND (until IS NULL OR until >= ${until}) AND (kind <> 'subject' OR revoked_at >= ${revoked_at}))`;
  const data = { kind, value, revoked_at, until };
  return [
    appendChange(db, { type: "token.revoked", data }, revoked_at, fragment`NOT ${covered}`),
    sql(db)`
      INSERT INTO revocations (kind, value, revoked_at, until, by, why)
      VALUES (${kind}, ${value}, ${revoked_at}, ${until}, ${by}, ${why})
      ON CONFLICT (kind, value) DO UPDATE SET
        revoked_at = MAX(revoked_at, excluded.revoked_at),
        until = CASE WHEN until IS NULL OR excluded.until IS NULL THEN NULL
          ELSE MAX(until, excluded.until) END,
        by = excluded.by, why = excluded.why`,
  ];
}

/** Runs statements in one transaction. Rejects with `AuthUnavailable` when D1 is out of reach. */
export async function runBatch(
  db: D1Database,
  statements: D1PreparedStatement[],
): Promise<D1Result[]> {
  try {
    return await db.batch(statements);
  } catch (error) {
    log("error", "auth.write_failed", { error: String(error) });
    throw new AuthUnavailable("D1 is out of reach", { cause: error });
  }
}

/** The statements that delete expired rows. */
export const cleanupStatements = (db: D1Database, now: number): D1PreparedStatement[] => [
  sql(db)`DELETE FROM revocations WHERE until < ${now}`,
  sql(db)`DELETE FROM used_refreshes WHERE expires_at < ${now}`,
];

const UsedAt = z.tuple([z.object({ used_at: z.int(), is_past: z.int() })]);

/**
 * Records the first use of a refresh token.
 * @returns when that was, Unix ms, whether its successor has been used since, and the revocations of the token at
 *   this moment.
 */
export async function markRefreshUsed(
  db: D1Database,
  token: Revocable & { jti: string; exp: number; successor: string },
  now: number,
): Promise<{ usedAt: number; isPast: boolean; revoked: Revoked }> {
  const [, used, revoked] = await runBatch(db, [
    sql(db)`INSERT INTO used_refreshes
      VALUES (${token.jti}, ${now}, ${Math.ceil(token.exp + clockToleranceS) * 1000})
      ON CONFLICT DO NOTHING`,
    sql(db)`SELECT used_at, EXISTS (
        SELECT 1 FROM used_refreshes WHERE jti = ${token.successor}) AS is_past
      FROM used_refreshes WHERE jti = ${token.jti}`,
    revocationsOf(db, await revocationKeysOf(token), now),
    ...cleanupStatements(db, now),
  ]);
  const [{ used_at, is_past }] = UsedAt.parse(used?.results);
  return {
    usedAt: used_at,
    isPast: is_past > 0,
    revoked: revokedOf(parseRows(RevokedRow, revoked?.results, from)),
  };
}

/** The revocations of a token at this moment. */
export async function readRevocationsOf(
  db: D1Database,
  token: Revocable,
  now: number,
): Promise<Revoked> {
  const { results } = await revocationsOf(db, await revocationKeysOf(token), now).all();
  return revokedOf(parseRows(RevokedRow, results, from));
}

const revocationsOf = (db: D1Database, names: object, now: number): D1PreparedStatement => sql(db)`
  SELECT kind, value, revoked_at FROM revocations
  WHERE (until IS NULL OR until > ${now}) AND (kind, value) IN
    (SELECT value ->> 'kind', value ->> 'value' FROM json_each(${JSON.stringify(names)}))`;

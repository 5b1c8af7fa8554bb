import { z } from "zod";
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

/** How old the revocations of an isolate may be, ms. */
const freshMs = 30_000;
const Rows = z.array(Revocation);

/**
 * The revocations in effect. While D1 is down the last ones stay in use at any age, because tokens
 * expire by themselves.
 */
export const revocationCache = (db: D1Database): StaleIfErrorCache<Revoked> =>
  staleIfErrorCache({
    name: "revocations",
    load: () => readRevoked(db, Date.now()),
    freshMs: freshMs,
    usableMs: Infinity,
    loadMs: 2_000,
    pauseMs: 2_000,
    unavailable: (cause) => new AuthUnavailable("Revocations cannot be read", { cause }),
  });

/** Leaves out sessions whose access tokens have expired: a refresh reads D1 itself. */
async function readRevoked(db: D1Database, now: number): Promise<Revoked> {
  const sessionsSince = now - (accessSeconds + clockToleranceS) * 1000 - freshMs;
  const { results } = await db
    .prepare(
      `SELECT * FROM revocations
       WHERE (until IS NULL OR until > ?1) AND (kind <> 'session' OR revoked_at > ?2)`,
    )
    .bind(now, sessionsSince)
    .all();
  return revokedOf(Rows.parse(results));
}

/** The statement that revokes. An existing revocation keeps the later end. */
export const revocationStatement = (
  db: D1Database,
  { kind, value, revoked_at, until, by, why }: Revocation,
): D1PreparedStatement =>
  db
    .prepare(
      `INSERT INTO revocations (kind, value, revoked_at, until, by, why) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (kind, value) DO UPDATE SET
         revoked_at = MAX(revoked_at, excluded.revoked_at),
         until = CASE WHEN until IS NULL OR excluded.until IS NULL THEN NULL
           ELSE MAX(until, excluded.until) END,
         by = excluded.by, why = excluded.why`,
    )
    .bind(kind, value, revoked_at, until, by, why);

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
  db.prepare("DELETE FROM revocations WHERE until < ?").bind(now),
  db.prepare("DELETE FROM used_refreshes WHERE expires_at < ?").bind(now),
];

const UsedAt = z.tuple([z.object({ used_at: z.int() })]);

/**
 * Records the first use of a refresh token.
 * @returns when that was, Unix ms, and the revocations of the token at this moment.
 */
export async function markRefreshUsed(
  db: D1Database,
  token: Revocable & { jti: string; exp: number },
  now: number,
): Promise<{ usedAt: number; revoked: Revoked }> {
  const names = JSON.stringify(await revocationKeysOf(token));
  const [, used, revoked] = await runBatch(db, [
    db
      .prepare("INSERT INTO used_refreshes VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
      .bind(token.jti, now, Math.ceil(token.exp + clockToleranceS) * 1000),
    db.prepare("SELECT used_at FROM used_refreshes WHERE jti = ?").bind(token.jti),
    db
      .prepare(
        `SELECT * FROM revocations WHERE (until IS NULL OR until > ?1) AND (kind, value) IN
           (SELECT value ->> 'kind', value ->> 'value' FROM json_each(?2))`,
      )
      .bind(now, names),
    ...cleanupStatements(db, now),
  ]);
  const [{ used_at }] = UsedAt.parse(used?.results);
  return { usedAt: used_at, revoked: revokedOf(Rows.parse(revoked?.results)) };
}

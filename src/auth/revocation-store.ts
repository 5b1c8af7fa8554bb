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

/** How old what an isolate knows of revocations may be, ms. */
const freshMs = 30_000;
const Rows = z.array(Revocation);

/**
 * What is revoked now, as this isolate knows it. While D1 is silent the last that was known goes on,
 * however old: tokens run out by themselves.
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

/** Sessions are left out once their access tokens have run out: their refreshes ask D1 itself. */
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

/** Revokes; what is revoked already stays so for the longer of both times. */
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

/** Carries statements out together. Rejects with `AuthUnavailable` when D1 is out of reach. */
export async function runBatch(
  db: D1Database,
  statements: D1PreparedStatement[],
): Promise<D1Result[]> {
  try {
    return await db.batch(statements);
  } catch (error) {
    log("error", "auth.not_stored", { error: String(error) });
    throw new AuthUnavailable("D1 is out of reach", { cause: error });
  }
}

/** Forgets what says nothing any more. */
export const cleanupStatements = (db: D1Database, now: number): D1PreparedStatement[] => [
  db.prepare("DELETE FROM revocations WHERE until < ?").bind(now),
  db.prepare("DELETE FROM used_refreshes WHERE expires_at < ?").bind(now),
];

const UsedAt = z.tuple([z.object({ used_at: z.int() })]);

/**
 * Notes that a refresh token is exchanged, once, and what is revoked at that very moment: the first
 * use stands.
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

import { z } from "zod";
import { isPseudonym, pseudonymOf } from "../users/pseudonym.ts";

/** A token by its `jti`, all tokens of a session, or all that a subject has so far. */
export const RevocationKind = z.enum(["jti", "session", "subject"]);
export type RevocationKind = z.infer<typeof RevocationKind>;

/** What is revoked, as it is stored: a subject under its pseudonym, so that the row outlives who is erased. Times are Unix ms. */
export const Revocation = z.object({
  kind: RevocationKind,
  value: z.string(),
  revoked_at: z.int(),
  until: z.int().nullable(),
  by: z.string(),
  why: z.string(),
});
export type Revocation = z.infer<typeof Revocation>;

/** What is revoked now: when, by kind and value. */
export type Revoked = ReadonlyMap<string, number>;

/** What a token says of itself, as far as revocations ask. Times are Unix seconds. */
export interface Revocable {
  sub: string;
  jti?: string | undefined;
  sid?: string | undefined;
  iat?: number | undefined;
  since?: number | undefined;
}

const keyOf = (kind: RevocationKind, value: string) => `${kind} ${value}`;

export const revokedOf = (rows: readonly Pick<Revocation, "kind" | "value" | "revoked_at">[]) =>
  new Map(rows.map(({ kind, value, revoked_at }) => [keyOf(kind, value), revoked_at] as const));

/** What is stored for what an operator names; a pseudonym, as a list gives it, stands for itself. */
export const storedValueOf = (kind: string, value: string): Promise<string> | string =>
  kind === "subject" && !isPseudonym(value) ? pseudonymOf(value) : value;

/** The names by which a token can be revoked. */
export const revocationKeysOf = async ({ sub, jti, sid }: Revocable) => [
  { kind: "subject" as const, value: await pseudonymOf(sub) },
  ...(jti === undefined ? [] : [{ kind: "jti" as const, value: jti }]),
  ...(sid === undefined ? [] : [{ kind: "session" as const, value: sid }]),
];

/**
 * Whether a token is revoked. What counts for its subject is when the session began: one that was
 * renewed later is no later login. A token that does not say when it was issued is an old one.
 */
export async function isRevoked(revoked: Revoked, token: Revocable): Promise<boolean> {
  const issuedAt = (token.since ?? token.iat ?? 0) * 1000;
  return (await revocationKeysOf(token)).some(({ kind, value }) => {
    const at = revoked.get(keyOf(kind, value));
    return at !== undefined && (kind !== "subject" || issuedAt <= at);
  });
}

import { z } from "zod";
import { isPseudonym, pseudonymOf } from "../users/pseudonym.ts";

/** One token by its `jti`, all tokens of a session, or all earlier tokens of a subject. */
export const RevocationKind = z.enum(["jti", "session", "subject"]);
export type RevocationKind = z.infer<typeof RevocationKind>;

/**
 * A stored revocation. A subject is stored as its pseudonym, so that the row may outlive an erased user.
 * Times are Unix ms.
 */
export const Revocation = z.object({
  kind: RevocationKind,
  value: z.string(),
  revoked_at: z.int(),
  until: z.int().nullable(),
  by: z.string(),
  why: z.string(),
});
export type Revocation = z.infer<typeof Revocation>;

/** When each kind and value was revoked, Unix ms. */
export type Revoked = ReadonlyMap<string, number>;

/** The claims that revocations match. Times are Unix seconds. */
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

/** The stored value of what an operator names. Lists show pseudonyms, which are accepted as they are. */
export const storedValueOf = (kind: string, value: string): Promise<string> | string =>
  kind === "subject" && !isPseudonym(value) ? pseudonymOf(value) : value;

/** The keys under which a token can be revoked. */
export const revocationKeysOf = async ({ sub, jti, sid }: Revocable) => [
  { kind: "subject" as const, value: await pseudonymOf(sub) },
  ...(jti === undefined ? [] : [{ kind: "jti" as const, value: jti }]),
  ...(sid === undefined ? [] : [{ kind: "session" as const, value: sid }]),
];

/**
 * Whether a token is revoked. For its subject the start of the session counts, because a renewal is not
 * a new login. A token without an issue time counts as old.
 */
export async function isRevoked(revoked: Revoked, token: Revocable): Promise<boolean> {
  const issuedAt = (token.since ?? token.iat ?? 0) * 1000;
  return (await revocationKeysOf(token)).some(({ kind, value }) => {
    const at = revoked.get(keyOf(kind, value));
    return at !== undefined && (kind !== "subject" || issuedAt <= at);
  });
}

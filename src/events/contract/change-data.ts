import { z } from "zod";
import { Revocation } from "../../auth/revocation.ts";
import { Character } from "../../characters/character.ts";
import type { ChangeType } from "../../pipeline/change-types.ts";

/** Counts the changes of the catalog: a copy of one version takes the change to the next. */
const version = z.int();
const { kind, value, revoked_at, until } = Revocation.shape;

/** The data of each type of change. It is complete: whoever applies it asks for nothing else. */
export const changeData = {
  "catalog.full_refresh": z.strictObject({ version, characters: z.array(Character) }),
  "catalog.upsert": z.strictObject({ version, character: Character }),
  "catalog.delete": z.strictObject({ version, code: z.string() }),
  /** A subject is `sha256:` and the hash of the user's id. Without `until` it is revoked for good. */
  "token.revoked": z.strictObject({ kind, value, revoked_at, until }),
  "token.restored": z.strictObject({ kind, value }),
} as const satisfies Record<ChangeType, z.ZodType>;

/** A change, before the log has it. */
export type Change = {
  [Type in ChangeType]: { type: Type; data: z.infer<(typeof changeData)[Type]> };
}[ChangeType];

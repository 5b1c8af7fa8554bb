import { z } from "zod";
import type { GrantMessage } from "../../src/pipeline/messages.ts";
import { parseRows } from "../../src/platform/parse-rows.ts";
import { characterKey, characterPrefix } from "./account-tables.ts";

const Texts = z.object({ name: z.string(), type: z.string(), dialog: z.string() });

/** A character of the user. Earlier versions stored the scan's id alone. */
const Granted = Texts.extend({
  /** The scan that gave it. */
  id: z.string(),
  /** Unix ms. */
  acquiredAt: z.int(),
  /** Its rows in D1 are still to be sent. */
  unsaved: z.boolean().optional(),
});
type Granted = z.infer<typeof Granted>;
const Own = Granted.extend({ code: z.string() });
const Values = z.looseObject({});
const Stored = Granted.partial().required({ id: true });

/** A character of a collection. */
export type Owned = Granted & { code: string };

export type AccountCharacters = ReturnType<typeof accountCharacters>;

/** The characters that a user owns, a key each. */
export function accountCharacters({ kv }: DurableObjectStorage) {
  const stored = () =>
    Array.from(kv.list({ prefix: characterPrefix }), ([key, value]) => ({
      code: key.slice(characterPrefix.length),
      value,
    }));

  return {
    codes: (): string[] => stored().map(({ code }) => code),

    /** Grants a character that the user does not own. @returns false for one that another scan gave. */
    grant(
      { id, character: { code, ...texts }, acquiredAt }: GrantMessage,
      unsaved = false,
    ): boolean {
      const owned = kv.get<{ id: string }>(characterKey(code));
      if (owned) return owned.id === id;
      const granted: Granted = { id, ...texts, acquiredAt, ...(unsaved && { unsaved }) };
      kv.put(characterKey(code), granted);
      return true;
    },

    has: (code: string): boolean => kv.get(characterKey(code)) !== undefined,

    /** Whether a scan gave a character. */
    isFrom: (jobId: string, code: string): boolean =>
      kv.get<{ id: string }>(characterKey(code))?.id === jobId,

    /** Adds a character of an earlier version's collection, or completes the one that is here. */
    restore({ code, ...earlier }: Owned) {
      const own = Stored.safeParse(kv.get(characterKey(code))).data;
      if (own?.name === undefined) kv.put(characterKey(code), { ...earlier, ...own });
    },

    /** Its rows in D1 have been sent. */
    markSaved(code: string) {
      const { unsaved, ...own } = Stored.parse(kv.get(characterKey(code)) ?? { id: "" });
      if (unsaved) kv.put(characterKey(code), own);
    },

    /** The newest last. */
    list(): Owned[] {
      const rows = stored().map(({ code, value }) =>
        Object.assign({ code }, Values.safeParse(value).data),
      );
      const owned = parseRows(Own, rows, { store: "user account" });
      return owned.toSorted(
        (one, other) => one.acquiredAt - other.acquiredAt || (one.code < other.code ? -1 : 1),
      );
    },
  };
}

import { z } from "zod";

/** The label of the default character, which every user has. */
export const defaultLabel = "대표 캐릭터";

/** Normalized to NFC like the labels of the taxonomy: decomposed Hangul from a Mac would never match. */
const text = (longest: number) => z.string().normalize().trim().min(1).max(longest);

export const CharacterCode = z.string().regex(/^[\w-]{1,64}$/, {
  error: "must be 1 to 64 letters, digits, _ or -",
});
/** A character without its code. */
export const CharacterBody = z.strictObject({
  name: text(50),
  type: text(50),
  dialog: text(500),
  match: text(50).meta({ description: "The category that it is given for." }),
});
export const Character = CharacterBody.extend({ code: CharacterCode });
export type Character = z.infer<typeof Character>;

/** All characters: codes and labels are unique, and the default one is among them. */
export const Characters = z
  .array(Character)
  .min(1)
  .max(500)
  .superRefine((characters, context) => {
    for (const field of ["code", "match"] as const) {
      const seen = new Set<string>();
      for (const [index, { [field]: value }] of characters.entries()) {
        const message = `${value} belongs to another character`;
        if (seen.has(value)) context.addIssue({ code: "custom", path: [index, field], message });
        seen.add(value);
      }
    }
    if (!characters.some(({ match }) => match === defaultLabel)) {
      const message = `the default character, whose label is ${defaultLabel}, must remain`;
      context.addIssue({ code: "custom", path: [], message });
    }
  });

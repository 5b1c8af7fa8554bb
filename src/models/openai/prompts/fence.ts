import { defaultQuestion } from "../../../pipeline/taxonomy.ts";

/** Control and invisible characters, which could hide a tag. Line breaks and tabs stay. */
const invisible = /(?![\n\t])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Characters that a model may take for one of the three that tags and entities consist of. */
const lookalikes = [
  [
    /[\u00AB\u02C2\u1438\u2039\u226A\u227A\u2329\u276C\u276E\u2770\u27E8\u27EA\u3008\u300A\uFE64\uFF1C]/g,
    "<",
  ],
  [
    /[\u00BB\u02C3\u1433\u203A\u226B\u227B\u232A\u276D\u276F\u2771\u27E9\u27EB\u3009\u300B\uFE65\uFF1E]/g,
    ">",
  ],
  [/[\uFE60\uFF06]/g, "&"],
] as const;

/**
 * A text as data: between tags, escaped so that none of its characters opens or closes a tag.
 * Invisible characters are removed first, so that removing them forms no tag.
 */
export function asData(tag: string, text: string): string {
  const seen = text.toWellFormed().replaceAll(invisible, "");
  const plain = lookalikes.reduce((text, [shapes, meant]) => text.replaceAll(shapes, meant), seen);
  const escaped = plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<${tag}>${escaped}</${tag}>`;
}

/** The resident's words, or the default question, as data. */
export const fence = (words: string | null): string => asData("resident", words ?? defaultQuestion);

import type { Regulation } from "../../pipeline/regulation.ts";
import type { Classification } from "../../pipeline/taxonomy.ts";

/** A word residents use, and the item it names. */
interface Entry {
  word: string;
  classification: Classification;
}

/** Words as they are compared: no spaces, no punctuation, lower case. */
export const normalize = (words: string): string =>
  words
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

/** Every item the regulations name, longest word first. */
export function vocabularyOf(documents: Iterable<Regulation>): readonly Entry[] {
  const all = [...documents];
  const byKey = new Map(all.map((it) => [it.key, it]));
  const own = all.flatMap((regulation) =>
    regulation.items.flatMap(({ name, aliases }) => entries(regulation, name, aliases)),
  );
  const elsewhere = all
    .flatMap(({ not_accepted }) => not_accepted)
    .flatMap(({ name, aliases, goes_to }) => entries(byKey.get(goes_to), name, aliases));
  return [...own, ...elsewhere].toSorted((a, b) => b.word.length - a.word.length);
}

function entries(regulation: Regulation | undefined, name: string, aliases: string[]): Entry[] {
  if (!regulation) return [];
  const { major, middle } = regulation.category;
  const classification = { major_category: major, middle_category: middle, minor_category: name };
  return [name, ...aliases].map((word) => ({ word: normalize(word), classification }));
}

/**
 * The items that are named in words without spaces, the likeliest first: longer words say more,
 * and in Korean the thing itself comes last.
 */
export function itemsNamed(words: string, vocabulary: readonly Entry[]): Classification[] {
  const found: { at: number; entry: Entry }[] = [];
  let rest = words;
  for (const entry of vocabulary) {
    const at = rest.lastIndexOf(entry.word);
    if (at < 0) continue;
    found.push({ at, entry });
    rest = rest.replaceAll(entry.word, (part) => " ".repeat(part.length));
  }
  return found
    .toSorted((a, b) => b.entry.word.length - a.entry.word.length || b.at - a.at)
    .map(({ entry }) => entry.classification);
}

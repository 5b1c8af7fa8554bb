import type { Regulation, RegulationKey } from "../pipeline/regulation.ts";
import { normalize } from "./vocabulary.ts";

const maxResults = 20;
/** What may follow a noun in a question, longest first. */
const particles =
  /(?:에서|으로|이랑|하고|까지|부터|처럼|은|는|이|가|을|를|도|와|과|랑|로|에|의|만)$/u;

/** An item of a regulation that a query may mean. */
export interface ItemFound {
  /** The name or alias that is most like the query. */
  item: string;
  key: RegulationKey;
  category: Regulation["category"];
  /** The regulation's name. */
  name: string;
}

/**
 * Finds items by name or alias, the best match first, whatever the spaces and particles. Each word of
 * the query is searched by itself, too, so that a whole question finds its item.
 */
export function searchItems(documents: Iterable<Regulation>, query: string): ItemFound[] {
  const whole = [normalize(query)];
  const parts = query.split(/\s+/u).map(normalize);
  const wanted = [
    ...new Set([...whole, ...parts].flatMap((it) => [it, it.replace(particles, "")])),
  ].filter(Boolean);
  return [...documents]
    .flatMap(({ key, category, name, items }) =>
      items.flatMap((item) => {
        const [best] = [item.name, ...item.aliases]
          .map((word) => ({ word, score: likeness(normalize(word), wanted) }))
          .toSorted((a, b) => b.score - a.score);
        if (!best) return [];
        return { score: best.score, found: { item: best.word, key, category, name } };
      }),
    )
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, maxResults)
    .map(({ found }) => found);
}

/** At least 3 for the word itself, the more the longer it is, up to 2 for a word that begins with it, up to 1 for one that contains it. */
function likeness(word: string, wanted: readonly string[]): number {
  return Math.max(
    ...wanted.map((query) => {
      if (word === query) return 2 + query.length;
      if (word.startsWith(query)) return 1 + query.length / word.length;
      if (word.includes(query)) return query.length / word.length;
      // A sentence contains the item somewhere, but one syllable in it proves nothing.
      return word.length > 1 && query.includes(word) ? word.length / query.length : 0;
    }),
  );
}

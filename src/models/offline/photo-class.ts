import type { Asks, CategoryCandidate, Certainty } from "../../pipeline/certainty.ts";
import { type Category, categoryClass, type Classification } from "../../pipeline/taxonomy.ts";
import { neverAlone, type PhotoCandidate } from "../../photo-model/photo-classes.ts";

/** From here on the class is answered. */
const sure = 0.9;
/** From here on it is answered, and the resident is asked whether it is right. */
const likely = 0.8;
/** From here on the resident chooses between the two most probable classes. */
const possible = 0.4;
const listed = 3;
/** Classes that photos of other makers are mistaken for: answered only when sure, and always asked. */
const cautious: ReadonlySet<Category> = new Set(["종이팩", "플라스틱류", "비닐류"]);
/** How often words that name an item are classified right, as `npm run eval` measures. */
const wordsConfidence = 0.95;

export interface PhotoClass {
  classification: Classification;
  certainty: Certainty;
}

/** What a photo shows, by its probabilities, the highest first; null when nothing is recognised. */
export function classOfPhoto(seen: readonly PhotoCandidate[]): PhotoClass | null {
  const [first] = seen;
  if (!first || first.probability < possible) return null;
  const asks = asksOf(first);
  const candidates = candidatesOf(seen);
  const confidence = rounded(first.probability);
  return {
    classification: categoryClass(first.category),
    certainty: { confidence, candidates, asks, confirmed_by: null },
  };
}

function asksOf({ category, probability }: PhotoCandidate): Asks | null {
  if (probability < likely || neverAlone.has(category)) return "choice";
  if (cautious.has(category)) return probability < sure ? "choice" : "confirmation";
  return probability < sure ? "confirmation" : null;
}

/** The words win over the photo; a photo that agrees makes them more certain. */
export function certaintyOfWords(
  { middle_category }: Classification,
  seen: readonly PhotoCandidate[] | null,
): Certainty {
  const agreeing = seen?.find(({ category }) => category === middle_category)?.probability ?? 0;
  const confidence = rounded(1 - (1 - wordsConfidence) * (1 - agreeing));
  return { confidence, candidates: candidatesOf(seen ?? []), asks: null, confirmed_by: null };
}

const candidatesOf = (seen: readonly PhotoCandidate[]): CategoryCandidate[] =>
  seen.slice(0, listed).map(({ category, probability }) => ({
    classification: categoryClass(category),
    probability: rounded(probability),
  }));

const rounded = (probability: number) => Math.min(1, Math.round(probability * 1000) / 1000);

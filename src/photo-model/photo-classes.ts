import type { Category } from "../pipeline/taxonomy.ts";

/** The middle category of each class that the photo model knows. */
export const photoClasses = {
  paper: "종이",
  cardboard: "종이",
  carton: "종이팩",
  glass: "유리병",
  metal: "금속류",
  pet: "무색페트병",
  plastic: "플라스틱류",
  film: "비닐류",
  clothes: "의류및원단",
  shoes: "의류및원단",
  electronics: "전기전자제품",
  food: "음식물류폐기물",
  trash: "일반종량제폐기물",
} as const satisfies Record<string, Category>;

export type PhotoClass = keyof typeof photoClasses;

/** Categories that are only ever one of several candidates: their photos have too little in common. */
export const neverAlone: ReadonlySet<Category> = new Set(["일반종량제폐기물"]);

const isPhotoClass = (name: string): name is PhotoClass => Object.hasOwn(photoClasses, name);

export interface PhotoCandidate {
  category: Category;
  /** From 0 to 1: the sum over the category's classes. */
  probability: number;
}

/**
 * The categories by probability, highest first.
 * @param classes The names of the model's classes; `probabilities` has one for each.
 * @throws RangeError for a class without a category.
 */
export function photoCandidates(
  classes: readonly string[],
  probabilities: readonly number[],
): PhotoCandidate[] {
  const sums = new Map<Category, number>();
  for (const [index, name] of classes.entries()) {
    if (!isPhotoClass(name)) throw new RangeError(`The class ${name} has no category.`);
    const category = photoClasses[name];
    sums.set(category, (sums.get(category) ?? 0) + (probabilities[index] ?? 0));
  }
  return [...sums]
    .map(([category, probability]) => ({ category, probability }))
    .toSorted((a, b) => b.probability - a.probability);
}

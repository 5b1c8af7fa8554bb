import type { Category } from "../../src/pipeline/taxonomy.ts";
import {
  neverAlone,
  photoCandidates,
  type PhotoCandidate,
  photoClasses,
} from "../../src/photo-model/photo-classes.ts";

/** What a photo shows and what the model makes of it. */
export interface SeenPhoto {
  expected: string;
  probabilities: readonly number[];
}

export interface Share {
  right: number;
  of: number;
}

/** Photos whose answer has a probability from `from` to below `to`. */
export interface CalibrationBin {
  from: number;
  to: number;
  photos: number;
  /** Means over the bin's photos. */
  confidence: number;
  accuracy: number;
}

const binCount = 10;
const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether the first candidate is an answer: it is probable enough, and of a category that can stand alone. */
export const isSure = ([first]: readonly PhotoCandidate[], least: number): boolean =>
  first !== undefined && first.probability >= least && !neverAlone.has(first.category);

const shareOf = <Item>(items: readonly Item[], isRight: (item: Item) => boolean): Share => ({
  right: items.filter(isRight).length,
  of: items.length,
});

/** Shares by a name, in the order of the names. */
function sharesBy<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  isRight: (item: Item) => boolean,
): Record<string, Share> {
  const groups = Map.groupBy(items, nameOf);
  return Object.fromEntries([...groups].map(([name, group]) => [name, shareOf(group, isRight)]));
}

const categories: ReadonlyMap<string, Category> = new Map(Object.entries(photoClasses));

function categoryOf(name: string): Category {
  const category = categories.get(name);
  if (!category) throw new Error(`There is no class "${name}".`);
  return category;
}

const indexOfHighest = (values: readonly number[]) => values.indexOf(Math.max(...values));

function calibrationOf(photos: readonly { confidence: number; isRight: boolean }[]) {
  const bins = Array.from({ length: binCount }, (_, index): CalibrationBin => {
    const inBin = photos.filter(
      ({ confidence }) => Math.min(Math.floor(confidence * binCount), binCount - 1) === index,
    );
    return {
      from: index / binCount,
      to: (index + 1) / binCount,
      photos: inBin.length,
      confidence: mean(inBin.map(({ confidence }) => confidence)),
      accuracy: mean(inBin.map(({ isRight }) => Number(isRight))),
    };
  });
  const error = bins.reduce(
    (sum, bin) => sum + (bin.photos / photos.length) * Math.abs(bin.accuracy - bin.confidence),
    0,
  );
  return { bins, error };
}

/** The figures of photos of the model's classes. A category's probability is the sum of its classes'. */
export function photoFigures(classes: readonly string[], photos: readonly SeenPhoto[]) {
  const seen = photos.map(({ expected, probabilities }) => {
    const candidates = photoCandidates(classes, probabilities);
    const category = categoryOf(expected);
    return {
      expected,
      category,
      answered: classes[indexOfHighest(probabilities)] ?? "",
      candidates,
      isRight: candidates[0]?.category === category,
    };
  });
  const sure = (least: number) => {
    const answered = seen.filter(({ candidates }) => isSure(candidates, least));
    return { least, photos: answered.length, accuracy: shareOf(answered, (it) => it.isRight) };
  };
  const confusion = Object.fromEntries(
    [...Map.groupBy(seen, (it) => it.expected)].map(([expected, group]) => {
      const answers = Map.groupBy(group, (it) => it.answered);
      return [
        expected,
        Object.fromEntries(classes.map((name) => [name, answers.get(name)?.length ?? 0])),
      ];
    }),
  );
  return {
    photos: seen.length,
    class: shareOf(seen, (it) => it.answered === it.expected),
    category: shareOf(seen, (it) => it.isRight),
    topTwo: shareOf(seen, (it) =>
      it.candidates.slice(0, 2).some(({ category }) => category === it.category),
    ),
    byClass: sharesBy(
      seen,
      (it) => it.expected,
      (it) => it.answered === it.expected,
    ),
    byCategory: sharesBy(
      seen,
      (it) => it.category,
      (it) => it.isRight,
    ),
    sure: [sure(0.9), sure(0.8)],
    confusion,
    calibration: calibrationOf(
      seen.map(({ candidates, isRight }) => ({
        confidence: candidates[0]?.probability ?? 0,
        isRight,
      })),
    ),
  };
}

export type PhotoFigures = ReturnType<typeof photoFigures>;

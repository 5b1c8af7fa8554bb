import { z } from "zod";
import { Major, SituationTag } from "../../src/pipeline/taxonomy.ts";
import type { ClassifiedWords } from "../../src/models/offline/classify-words.ts";

/** What a resident might type, and what it is: one line of `sentences.jsonl`. */
export const Example = z.strictObject({
  words: z.string().min(1),
  major: Major,
  middle: z.string(),
  tags: z.array(SituationTag),
});
export type Example = z.infer<typeof Example>;

/** Reads a set of examples, one JSON object a line. */
export const parseExamples = (jsonLines: string): Example[] =>
  jsonLines
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => Example.parse(JSON.parse(line)));

/** A share of a set; both are whole numbers. */
export interface Share {
  right: number;
  of: number;
}

export interface Mistake {
  words: string;
  expected: string[];
  got: string[];
}

/** How well a model did on a set of examples. */
export interface Figures {
  class: Share;
  /** Examples whose compared tags are exactly those expected. */
  tags: Share;
  /** By middle for 재활용폐기물, else by major. */
  classes: Record<string, Share>;
  /** Of the tags that were given, how many were right; of those that were due, how many were given. */
  byTag: Record<string, { precision: Share; recall: Share }>;
  wrongClass: Mistake[];
  wrongTags: Mistake[];
}

export const percent = ({ right, of }: Share): number => (of === 0 ? 100 : (100 * right) / of);

/**
 * Classifies every example. Tags are compared only when the set uses them: residents name neither the
 * material nor what is still to be done.
 */
export async function measure(
  examples: readonly Example[],
  classify: (words: string) => Promise<ClassifiedWords | null>,
): Promise<Figures> {
  const compared = new Set(examples.flatMap(({ tags }) => tags));
  const figures: Figures = {
    class: share(),
    tags: share(),
    classes: {},
    byTag: Object.fromEntries(
      [...compared].map((tag) => [tag, { precision: share(), recall: share() }]),
    ),
    wrongClass: [],
    wrongTags: [],
  };
  for (const { words, middle, tags } of examples) {
    const named = await classify(words);
    const situation_tags = named?.situation_tags ?? ["식별_불가"];
    const seen = situation_tags.filter((tag) => compared.has(tag));
    const got = named?.classification.middle_category ?? "미분류";
    count((figures.classes[middle] ??= share()), got === middle);
    count(figures.class, got === middle);
    if (got !== middle) figures.wrongClass.push({ words, expected: [middle], got: [got] });
    const same = seen.length === tags.length && tags.every((tag) => seen.includes(tag));
    count(figures.tags, same);
    if (!same) figures.wrongTags.push({ words, expected: tags, got: seen });
    for (const tag of seen) {
      const figure = figures.byTag[tag];
      if (figure) count(figure.precision, tags.includes(tag));
    }
    for (const tag of tags) {
      const figure = figures.byTag[tag];
      if (figure) count(figure.recall, seen.includes(tag));
    }
  }
  return figures;
}

const share = (): Share => ({ right: 0, of: 0 });

function count(share: Share, right: boolean) {
  share.of += 1;
  if (right) share.right += 1;
}

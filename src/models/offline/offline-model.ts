import { noUsage } from "../../pipeline/model-call.ts";
import type { Rule } from "../../pipeline/item-rule.ts";
import type { Classification, SituationTag } from "../../pipeline/taxonomy.ts";
import type { VisionInput, VisionResult } from "../../ports.ts";
import { offlineMessages } from "../../resident-messages.ts";
import type { RegulationBook } from "../../regulations/book.ts";
import type { RegulationLibrary } from "../../regulations/library.ts";
import type { ProviderModel, WithUsage } from "../provider-model.ts";
import { normalize } from "../../regulations/vocabulary.ts";
import { type ClassifyWords, wordClassifier } from "./classify-words.ts";

const unclassified: Classification = {
  major_category: "미분류",
  middle_category: "미분류",
  minor_category: null,
};

/**
 * A model without key or network. It finds the resident's words among the items of the regulations and
 * builds the answer from the rule. It does not look at photos, and its answer states that.
 */
export function offlineModel(regulations: Pick<RegulationLibrary, "book">): ProviderModel {
  let cached: { book: RegulationBook; classify: ClassifyWords } | undefined;

  async function classifierOf(version: string) {
    const book = await regulations.book(version);
    if (cached?.book !== book) cached = { book, classify: wordClassifier(book) };
    return cached.classify;
  }

  return {
    async classify({ words, regulation_version }) {
      if (normalize(words ?? "") === "") return unseen(offlineMessages.photoOnly);
      const classify = await classifierOf(regulation_version);
      const found = classify(words ?? "");
      if (!found) return unseen(offlineMessages.notFound);
      return { ...found, notice: null, usage: noUsage };
    },

    async answer({ rule, situation_tags, classification, ...question }) {
      const insufficiencies = shortfalls(rule, situation_tags);
      return {
        steps: rule.steps,
        insufficiencies,
        user_answer: userAnswer(rule, classification, insufficiencies, question),
        usage: noUsage,
      };
    },
  };
}

const unseen = (notice: string): VisionResult & WithUsage => ({
  classification: unclassified,
  situation_tags: ["식별_불가"],
  notice,
  usage: noUsage,
});

const shortfalls = (rule: Rule, tags: readonly SituationTag[]): string[] => [
  ...new Set(rule.checks.filter(({ tag }) => tags.includes(tag)).map(({ shortfall }) => shortfall)),
];

function userAnswer(
  rule: Rule,
  { minor_category }: Classification,
  insufficiencies: readonly string[],
  { photo }: Pick<VisionInput, "photo">,
): string {
  return [
    offlineMessages.follow(minor_category, rule.name),
    insufficiencies.length > 0
      ? offlineMessages.stillToDo(insufficiencies.length)
      : offlineMessages.ready,
    ...(photo ? [offlineMessages.photoNotSeen] : []),
  ].join(" ");
}

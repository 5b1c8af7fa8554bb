import { noUsage } from "../../pipeline/request.ts";
import type { Rule } from "../../pipeline/rule.ts";
import type { Classification, SituationTag } from "../../pipeline/taxonomy.ts";
import type { Model, Question, Sighting } from "../../ports.ts";
import type { RegulationBook, RegulationLibrary } from "../../regulations/kv.ts";
import { hear } from "./conditions.ts";
import { itemsNamed, normalize, vocabularyOf } from "./vocabulary.ts";

const unclassified: Classification = {
  major_category: "미분류",
  middle_category: "미분류",
  minor_category: null,
};
const photoOnly =
  "지금은 오프라인 모델이라 사진을 볼 수 없어요. 무엇을 버리려는지 글로 적어 주시면 바로 알려 드릴게요.";
const notFound =
  "죄송해요, 말씀하신 품목을 배출 규정에서 찾지 못했어요. 물건의 이름을 조금 더 자세히 적어 주세요.";

/**
 * A model without key or network: it finds the resident's words in the regulations' own items and
 * builds the answer from the rule. It never looks at a photo, and says so.
 */
export function offlineModel(regulations: RegulationLibrary): Model {
  let known: { book: RegulationBook; vocabulary: ReturnType<typeof vocabularyOf> } | undefined;

  async function vocabulary() {
    const book = await regulations.current();
    if (known?.book !== book) known = { book, vocabulary: vocabularyOf(book.documents.values()) };
    return known.vocabulary;
  }

  return {
    async classify(question) {
      const words = normalize(question.words ?? "");
      if (words === "") return unseen(photoOnly, []);
      const { tags, rest } = hear(words);
      const [item, ...others] = itemsNamed(rest, await vocabulary());
      if (!item) return unseen(notFound, tags);
      const mixed = others.some(({ middle_category }) => middle_category !== item.middle_category);
      return {
        classification: item,
        situation_tags: mixed ? [...tags, "다수_품목_혼합"] : tags,
        notice: null,
        usage: noUsage,
      };
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

const unseen = (notice: string, tags: SituationTag[]): Sighting => ({
  classification: unclassified,
  situation_tags: [...tags, "식별_불가"],
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
  { photo }: Pick<Question, "photo">,
): string {
  const what = minor_category ? `「${minor_category}」 품목은` : "말씀하신 품목은";
  return [
    `${what} 「${rule.name}」 배출 방법을 따라 주세요.`,
    insufficiencies.length > 0
      ? `버리기 전에 ${insufficiencies.length}가지만 더 챙겨 주세요.`
      : "순서대로 하면 준비 끝이에요!",
    ...(photo ? ["사진은 보지 못해서 적어 주신 글만으로 안내했어요."] : []),
  ].join(" ");
}

import { noUsage } from "../../pipeline/model-call.ts";
import type { Rule } from "../../pipeline/item-rule.ts";
import type { Classification, SituationTag } from "../../pipeline/taxonomy.ts";
import type { VisionInput, VisionResult } from "../../ports.ts";
import type { RegulationBook } from "../../regulations/book.ts";
import type { RegulationLibrary } from "../../regulations/library.ts";
import type { ProviderModel, WithUsage } from "../provider-model.ts";
import { normalize } from "../../regulations/vocabulary.ts";
import { type Reader, readerOf } from "./classify-words.ts";

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
export function offlineModel(regulations: Pick<RegulationLibrary, "book">): ProviderModel {
  let known: { book: RegulationBook; read: Reader } | undefined;

  async function reader(version: string) {
    const book = await regulations.book(version);
    if (known?.book !== book) known = { book, read: readerOf(book) };
    return known.read;
  }

  return {
    async classify({ words, regulation_version }) {
      if (normalize(words ?? "") === "") return unseen(photoOnly);
      const read = await reader(regulation_version);
      const found = read(words ?? "");
      if (!found) return unseen(notFound);
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
  const what = minor_category ? `「${minor_category}」 품목은` : "말씀하신 품목은";
  return [
    `${what} 「${rule.name}」 배출 방법을 따라 주세요.`,
    insufficiencies.length > 0
      ? `버리기 전에 ${insufficiencies.length}가지만 더 챙겨 주세요.`
      : "순서대로 하면 준비 끝이에요!",
    ...(photo ? ["사진은 보지 못해서 적어 주신 글만으로 안내했어요."] : []),
  ].join(" ");
}

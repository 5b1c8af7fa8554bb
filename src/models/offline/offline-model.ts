import { PermanentError } from "../../pipeline/errors.ts";
import { noUsage } from "../../pipeline/model-call.ts";
import type { Rule } from "../../pipeline/item-rule.ts";
import type { Photo } from "../../pipeline/request.ts";
import type { Classification, SituationTag } from "../../pipeline/taxonomy.ts";
import type { PhotoCandidate } from "../../photo-model/photo-classes.ts";
import { notRecognisedMessages, offlineMessages } from "../../resident-messages.ts";
import { normalize } from "../../regulations/vocabulary.ts";
import type { ProviderModel } from "../provider-model.ts";
import { certaintyOfWords, classOfPhoto } from "./photo-class.ts";
import type { ClassifyByVersion } from "./published-words.ts";

/** What a photo shows, the most probable first; null when it cannot be read. */
export type SeePhoto = (
  photo: Photo,
  signal: AbortSignal,
) => Promise<readonly PhotoCandidate[] | null>;

/**
 * A model without key or network. It finds the resident's words among the items of the regulations, names what a
 * photo shows where it is certain enough, and builds the answer from the rule. Of a photo it claims the class
 * alone, and nothing of its state.
 */
export function offlineModel(classifyWords: ClassifyByVersion, see: SeePhoto): ProviderModel {
  return {
    async classify({ photo, words, regulation_version }, signal) {
      const named =
        normalize(words ?? "") && (await classifyWords(words ?? "", regulation_version));
      if (named) {
        const seen = photo && (await seenBesideWords(photo, signal));
        const certainty = certaintyOfWords(named.classification, seen);
        const notice = photo && !seen ? offlineMessages.photoNotSeen : null;
        return { ...named, certainty, notice, usage: noUsage };
      }
      const seen = photo && (await see(photo, signal));
      const shown = seen && classOfPhoto(seen);
      if (!shown) throw notRecognised(photo, words, seen);
      const notice = noticeOf(shown);
      return { ...shown, situation_tags: [], notice, usage: noUsage };
    },

    async answer({ rule, situation_tags, classification }) {
      const insufficiencies = shortfalls(rule, situation_tags);
      return {
        steps: rule.steps,
        insufficiencies,
        user_answer: userAnswer(rule, classification, insufficiencies),
        usage: noUsage,
      };
    },
  };

  /** Words that name an item are enough, whatever the photo lacks. */
  async function seenBesideWords(photo: Photo, signal: AbortSignal) {
    try {
      return await see(photo, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      return null;
    }
  }
}

function notRecognised(photo: Photo | null, words: string | null, seen: unknown): PermanentError {
  const { photoUnclear, photoUnreadable, notFound } = notRecognisedMessages;
  const message = !photo || words ? notFound : seen ? photoUnclear : photoUnreadable;
  return new PermanentError("NOT_RECOGNISED", message);
}

function noticeOf({ certainty }: NonNullable<ReturnType<typeof classOfPhoto>>): string | null {
  const names = certainty.candidates.map(({ classification }) => classification.middle_category);
  const [first = "", second = ""] = names;
  if (certainty.asks === "choice") return offlineMessages.choose(first, second);
  return certainty.asks && offlineMessages.isRight(first);
}

const shortfalls = (rule: Rule, tags: readonly SituationTag[]): string[] => [
  ...new Set(rule.checks.filter(({ tag }) => tags.includes(tag)).map(({ shortfall }) => shortfall)),
];

function userAnswer(
  rule: Rule,
  { minor_category }: Classification,
  insufficiencies: readonly string[],
): string {
  return [
    offlineMessages.follow(minor_category, rule.name),
    ...(rule.when === null ? [] : [rule.when]),
    insufficiencies.length > 0
      ? offlineMessages.stillToDo(insufficiencies.length)
      : offlineMessages.ready,
  ].join(" ");
}

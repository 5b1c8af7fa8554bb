import type { RegulationBook } from "../../regulations/book.ts";
import type { RegulationLibrary } from "../../regulations/library.ts";
import { type ClassifiedWords, type ClassifyWords, wordClassifier } from "./classify-words.ts";

/** Classifies words by the items of a published version; null when they name no known item. */
export type ClassifyByVersion = (words: string, version: string) => Promise<ClassifiedWords | null>;

/** The classifier of the version that was used last is cached. */
export function publishedWords(regulations: Pick<RegulationLibrary, "book">): ClassifyByVersion {
  let cached: { book: RegulationBook; classify: ClassifyWords } | undefined;
  return async (words, version) => {
    const book = await regulations.book(version);
    if (cached?.book !== book) cached = { book, classify: wordClassifier(book) };
    return cached.classify(words);
  };
}

import type { Failure } from "./errors.ts";
import type { Reward } from "./stages/reward.ts";
import type { Classification } from "./taxonomy.ts";

/** A run of so many characters in common is a quotation. The name of an item is mostly shorter. */
const quotedLength = 10;
const digits = /\d{4,}/g;

const plain = (text: string) => text.normalize("NFC").toLowerCase().replaceAll(/[\s-]/g, "");

/** Whether a text quotes a resident's words: a run of them, or a number that is in them. */
export function quotes(text: string, words: string | null): boolean {
  if (words === null) return false;
  const [ours, theirs] = [plain(text), plain(words)];
  if (ours.match(digits)?.some((number) => theirs.includes(number))) return true;
  return Array.from({ length: ours.length - quotedLength + 1 }, (_, at) =>
    ours.slice(at, at + quotedLength),
  ).some((run) => theirs.includes(run));
}

/** Texts that a model has written of a scan, without those that quote the resident's words. */
export function withoutWords(words: string | null) {
  const isQuote = (text: string) => quotes(text, words);
  return {
    classification: <Class extends Classification>(found: Class): Class =>
      found.minor_category !== null && isQuote(found.minor_category)
        ? { ...found, minor_category: null }
        : found,
    /** As many as there are: their number says whether something is left to do. */
    insufficiencies: (texts: readonly string[]) => texts.map((it) => (isQuote(it) ? "…" : it)),
    reward: (given: Reward): Reward =>
      isQuote(given.match_reason)
        ? { ...given, match_reason: given.match_reason.split(">")[0] ?? "" }
        : given,
    failure: ({ code, message }: Failure): Failure => ({
      code,
      message: isQuote(message) ? code : message,
    }),
  };
}

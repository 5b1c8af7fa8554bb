import { failureSentences } from "../src/ko/failure-words.ts";
import { problemSentences } from "../src/ko/problem-sentences.ts";

/** The types whose every member has a sentence for residents, and where those are. */
const sentences: Readonly<Record<string, { file: string; of: object }>> = {
  ProblemCode: { file: "client/src/ko/problem-sentences.ts", of: problemSentences },
  KnownFailureCode: { file: "client/src/ko/failure-words.ts", of: failureSentences },
};

/** Says which codes of the generated types have no Korean words yet, a sentence a file. */
export const codesWithoutWords = (types: readonly { name: string; type: string }[]): string[] =>
  types.flatMap(({ name, type }) => {
    const known = sentences[name];
    if (!known) return [];
    const codes = Array.from(type.matchAll(/"(\w+)"/g), ([, code = ""]) => code);
    const lacking = codes.filter((code) => !(code in known.of));
    if (lacking.length === 0) return [];
    return [`${known.file} has no Korean words yet for ${lacking.join(", ")}.`];
  });

import { failureMessages } from "../src/ko/failure-message.ts";
import { problemMessages } from "../src/ko/problem-messages.ts";

/** The types whose every member has a sentence for residents, and where those are. */
const sentences: Readonly<Record<string, { file: string; of: object }>> = {
  ProblemCode: { file: "client/src/ko/problem-messages.ts", of: problemMessages },
  KnownFailureCode: { file: "client/src/ko/failure-message.ts", of: failureMessages },
};

/** Says which codes of the generated types have no Korean words yet, a sentence a file. */
export const codesWithoutMessages = (types: readonly { name: string; type: string }[]): string[] =>
  types.flatMap(({ name, type }) => {
    const known = sentences[name];
    if (!known) return [];
    const codes = Array.from(type.matchAll(/"(\w+)"/g), ([, code = ""]) => code);
    const lacking = codes.filter((code) => !(code in known.of));
    if (lacking.length === 0) return [];
    return [`${known.file} has no Korean words yet for ${lacking.join(", ")}.`];
  });

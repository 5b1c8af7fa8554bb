import { z } from "zod";
import type { Usage } from "../../pipeline/model-call.ts";

/** A number of tokens, or digits; undefined for anything else. */
const Tokens = z
  .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
  .pipe(z.int().nonnegative())
  .optional()
  .catch(undefined);

const Report = z.object({
  prompt_tokens: Tokens,
  completion_tokens: Tokens,
  total_tokens: Tokens,
});

/**
 * Counts the tokens of one reply. Reports of a stream are cumulative, so the highest number of each
 * counts. A missing number is the difference of the other two.
 */
export function usageCounter() {
  const highest: z.infer<typeof Report> = {};
  return {
    /** @param report the `usage` of a chunk, whatever its shape. */
    add(report: unknown): void {
      const { data = {} } = Report.safeParse(report);
      for (const key of Report.keyof().options) {
        const value = data[key];
        if (value !== undefined) highest[key] = Math.max(highest[key] ?? 0, value);
      }
    },
    /** Whether the reply's tokens are known. */
    isKnown: () => usageOf(highest).usage_unknown === undefined,
    usage: () => usageOf(highest),
  };
}

function usageOf({
  prompt_tokens,
  completion_tokens,
  total_tokens,
}: z.infer<typeof Report>): Usage {
  const input = prompt_tokens ?? difference(total_tokens, completion_tokens);
  // Gemini counts thoughts in the total alone, and bills them as output.
  const rest = difference(total_tokens, prompt_tokens);
  const output = completion_tokens === undefined ? rest : Math.max(completion_tokens, rest ?? 0);
  return {
    input_tokens: input ?? 0,
    output_tokens: output ?? 0,
    ...((input === undefined || output === undefined) && { usage_unknown: true }),
  };
}

function difference(total: number | undefined, part: number | undefined): number | undefined {
  return total === undefined || part === undefined || total < part ? undefined : total - part;
}

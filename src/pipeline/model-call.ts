import { z } from "zod";
import { FailureCode } from "./failure-codes.ts";

/** Tokens of one model call; zero where no model was called. */
export const Usage = z.strictObject({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  /** The provider did not report all tokens: the numbers are a lower bound. */
  usage_unknown: z.literal(true).optional(),
});
export type Usage = z.infer<typeof Usage>;

export const noUsage: Usage = { input_tokens: 0, output_tokens: 0 };

/** One call of a model, or one candidate that was skipped, and its cost. */
export const ModelCall = z.strictObject({
  model: z.string(),
  ...Usage.shape,
  /** US dollars, at the catalog's price. */
  cost_usd: z.number().nonnegative(),
  /** Whether a cached result was used instead of a call. */
  reused: z.boolean(),
  /** When the provider was called, and for how long; absent where it was not, and in logs of earlier versions. */
  started_at: z.iso.datetime().optional(),
  duration_ms: z.int().nonnegative().optional(),
  /** Why the call gave no result; null when it did. */
  error: z.strictObject({ code: FailureCode, message: z.string() }).nullable(),
});
export type ModelCall = z.infer<typeof ModelCall>;

/** The sum of tokens and US dollars of calls. */
export const costOf = (calls: readonly ModelCall[]) => ({
  input_tokens: calls.reduce((sum, call) => sum + call.input_tokens, 0),
  output_tokens: calls.reduce((sum, call) => sum + call.output_tokens, 0),
  cost_usd: calls.reduce((sum, call) => sum + call.cost_usd, 0),
});

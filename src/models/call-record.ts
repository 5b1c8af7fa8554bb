import { type Failure, PermanentError, TransientError } from "../pipeline/errors.ts";
import { type ModelCall, noUsage, type Usage } from "../pipeline/model-call.ts";
import type { ModelRow } from "./catalog.ts";

const perMillion = 1e6;

/** The record of one call, priced by the catalog. */
export function callOf(
  { name: model, input_usd, output_usd }: ModelRow,
  { input_tokens, output_tokens }: Usage,
  error: Failure | null = null,
): ModelCall {
  const cost_usd = (input_tokens * input_usd + output_tokens * output_usd) / perMillion;
  return { model, input_tokens, output_tokens, cost_usd, reused: false, error };
}

/** The tokens that a failed call was billed for. */
export const usageOf = (error: unknown): Usage =>
  (error instanceof PermanentError || error instanceof TransientError ? error.usage : null) ??
  noUsage;

/** The same error with the calls of its attempt. */
export function withCalls(error: unknown, calls: readonly ModelCall[]): Error {
  if (error instanceof PermanentError) {
    return new PermanentError(error.code, error.message, { cause: error, calls });
  }
  if (error instanceof TransientError) {
    const { code, message, retryAfterMs } = error;
    return new TransientError(code, message, { cause: error, retryAfterMs, calls });
  }
  return error instanceof Error ? error : new Error(String(error));
}

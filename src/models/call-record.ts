import { classify, type Failure, PermanentError, TransientError } from "../pipeline/errors.ts";
import { type ModelCall, noUsage, type Usage } from "../pipeline/model-call.ts";
import { iso } from "../platform/iso.ts";
import type { ModelRow } from "./catalog.ts";

const perMillion = 1e6;

/** The record of one call, priced by the catalog. */
export function callOf(
  { name: model, input_usd, output_usd }: ModelRow,
  usage: Usage,
  error: Failure | null = null,
): ModelCall {
  const { input_tokens, output_tokens } = usage;
  const cost_usd = (input_tokens * input_usd + output_tokens * output_usd) / perMillion;
  return { model, ...usage, cost_usd, reused: false, error };
}

/** A call that a provider was made, with its time. @param startedAt Unix ms. */
export const timed = (call: ModelCall, startedAt: number): ModelCall => ({
  ...call,
  started_at: iso(startedAt),
  duration_ms: Math.max(0, Date.now() - startedAt),
});

/** The tokens that a failed call was billed for. */
export const usageOf = (error: unknown): Usage =>
  (error instanceof PermanentError || error instanceof TransientError ? error.usage : null) ??
  noUsage;

/** The same error with the calls of its attempt, and with the provider that is at fault for it. */
export function withCalls(error: unknown, calls: readonly ModelCall[], provider?: string): Error {
  const { failure, calls: _, ...rest } = classify(error);
  const { code, message } = failure;
  if (rest.kind === "permanent") return new PermanentError(code, message, { cause: error, calls });
  const atFault = provider ?? rest.provider;
  return new TransientError(code, message, { ...rest, cause: error, calls, provider: atFault });
}

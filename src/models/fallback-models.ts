import {
  classify,
  type Failure,
  type KnownFailure,
  PermanentError,
  TransientError,
} from "../pipeline/errors.ts";
import { isKnownFailureCode } from "../pipeline/failure-codes.ts";
import { costOf, type ModelCall, noUsage } from "../pipeline/model-call.ts";
import type { Model, ModelCalls } from "../ports.ts";
import type { Breakers } from "./breakers.ts";
import type { ModelRow } from "./catalog.ts";
import { callOf, timed, usageOf, withCalls } from "./call-record.ts";
import { errorRule, isOfProvider } from "./error-table.ts";
import type { ProviderModel, WithUsage } from "./provider-model.ts";
import { type VisionCache, visionCacheKey } from "./vision-cache.ts";

/** A model that can be called for a scan: the requested one, or one of its fallbacks. */
export interface Candidate {
  row: ModelRow;
  model: ProviderModel;
  /** The system prompt of `classify`, which is part of the cache key. */
  prompt: string;
}

export interface FallbackOptions {
  breakers: Breakers;
  visionCache: VisionCache;
  /** US dollars that a scan may cost. A call beyond it throws `COST_LIMIT_REACHED`. */
  maxCostUsd: number;
}

/**
 * Calls the first candidate, and the next one when the provider's breaker is open or the error can fall
 * back. Other errors are thrown at once. Without a candidate left, a transient error is thrown before a
 * permanent one, because the queue retries it. While a breaker is open, the failure that opened it is thrown as one
 * that counts as no attempt.
 *
 * @param skipped calls that are recorded before those of each attempt, such as of a retired model.
 */
export function withFallbacks(
  candidates: readonly Candidate[],
  { breakers, visionCache, maxCostUsd }: FallbackOptions,
  skipped: readonly ModelCall[] = [],
): Model {
  async function call<Reply>(
    spentUsd: number,
    run: (model: ProviderModel) => Promise<Reply & WithUsage>,
    cache: ReplyCache<Reply> = noCache,
  ): Promise<Omit<Reply, "usage"> & ModelCalls> {
    const calls: ModelCall[] = [...skipped];
    const errors: Error[] = [];
    let retryAfterMs = Infinity;
    let refusing: string | null = null;
    for (const candidate of candidates) {
      const { row } = candidate;
      const cached = await cache.get(candidate);
      if (cached)
        return { ...cached, calls: [...calls, { ...callOf(row, noUsage), reused: true }] };
      assertWithinBudget(spentUsd, calls, maxCostUsd);
      const waitMs = await breakers.waitMs(row.provider);
      if (waitMs > 0) {
        retryAfterMs = Math.min(retryAfterMs, waitMs);
        refusing ??= row.provider;
        calls.push(callOf(row, noUsage, breakerOpen(row)));
        continue;
      }
      const startedAt = Date.now();
      try {
        const { usage, ...reply } = await run(candidate.model);
        const made = timed(callOf(row, usage), startedAt);
        await breakers.succeeded(row.provider);
        await cache.put(candidate, reply);
        return { ...reply, calls: [...calls, made] };
      } catch (error) {
        const { kind, failure } = classify(error);
        const { canFallBack, countsForBreaker } = errorRule(failure.code);
        calls.push(timed(callOf(row, usageOf(error), failure), startedAt));
        if (kind === "permanent") await breakers.succeeded(row.provider);
        else if (countsForBreaker) await breakers.failed(row.provider, failure);
        const atFault = isOfProvider(failure.code) ? row.provider : undefined;
        const failed = withCalls(error, calls, atFault);
        if (!canFallBack) throw failed;
        errors.push(failed);
      }
    }
    if (refusing === null) {
      const transient = errors.find((it) => classify(it).kind === "transient");
      throw withCalls(transient ?? errors.at(-1), calls);
    }
    const { code, message } = knownCause(breakers.causeOf(refusing)) ?? causeUnknown(calls);
    const waits = { retryAfterMs, countsAsAttempt: false, provider: refusing };
    throw new TransientError(code, message, { ...waits, calls });
  }

  return {
    classify({ spent_usd, reuse, ...input }, signal) {
      const keyOf = ({ row, prompt }: Candidate) => visionCacheKey(input, row.name, prompt);
      return call(spent_usd, (model) => model.classify(input, signal), {
        async get(candidate) {
          const key = reuse ? await keyOf(candidate) : null;
          return key === null ? null : visionCache.get(key);
        },
        async put(candidate, result) {
          const key = await keyOf(candidate);
          if (key !== null) await visionCache.put(key, result);
        },
      });
    },
    answer: ({ spent_usd, ...input }, signal, onText) =>
      call(spent_usd, (model) => model.answer(input, signal, onText)),
  };
}

/** Replies of a candidate to the same input. */
interface ReplyCache<Reply> {
  get: (candidate: Candidate) => Promise<Reply | null>;
  put: (candidate: Candidate, reply: Omit<Reply, "usage">) => Promise<void>;
}

const noCache = {
  get: () => Promise.resolve(null),
  put: () => Promise.resolve(),
};

const breakerOpen = ({ provider }: ModelRow): KnownFailure => ({
  code: "PROVIDER_PAUSED",
  message: `${provider} failed several times in a row, and its circuit breaker is open.`,
});

function knownCause(cause: Failure | null): KnownFailure | null {
  return cause && isKnownFailureCode(cause.code) ? { ...cause, code: cause.code } : null;
}

/** The failure of a breaker that another version has opened. */
const causeUnknown = (calls: readonly ModelCall[]): KnownFailure => ({
  code: "MODELS_UNAVAILABLE",
  message: calls.map(({ model, error }) => `${model}: ${error?.message}`).join(" "),
});

function assertWithinBudget(spentUsd: number, calls: readonly ModelCall[], maxCostUsd: number) {
  const spent = spentUsd + costOf(calls).cost_usd;
  if (spent < maxCostUsd) return;
  throw new PermanentError(
    "COST_LIMIT_REACHED",
    `The scan has cost $${spent.toFixed(4)} of at most $${maxCostUsd} (MAX_COST_PER_SCAN_USD).`,
    { calls },
  );
}

import { classify, type Failure, PermanentError, TransientError } from "../pipeline/errors.ts";
import { costOf, type ModelCall, noUsage, type Usage } from "../pipeline/model-call.ts";
import type { Made, Model } from "../ports.ts";
import type { Breakers } from "./breakers.ts";
import type { ModelRow } from "./catalog.ts";
import type { ProviderModel, Used } from "./provider-model.ts";
import { type SightingCache, sightingKey } from "./sighting-cache.ts";

/** A model that may be asked. */
export interface Link {
  row: ModelRow;
  model: ProviderModel;
  /** What it is told before the question: another prompt is another question. */
  prompt: string;
}

export interface ChainOptions {
  breakers: Breakers;
  sightings: SightingCache;
  /** US dollars a scan may cost; the call that would follow is refused. */
  maxCostUsd: number;
}

/** Permanent errors of one model that another may not have. A refusal is an answer, and stands. */
const anotherMayDo = new Set([
  "MODEL_UNAUTHORIZED",
  "MODEL_NOT_FOUND",
  "MODEL_REQUEST_REJECTED",
  "MODEL_UNSUPPORTED",
]);
/** Passing failures that say nothing of the provider's health. */
const notTheProviders = new Set(["MODEL_OUTPUT_INVALID", "MODEL_OUTPUT_TRUNCATED", "PHOTOS_BUSY"]);

const perMillion = 1e6;

/**
 * The first of these models, and those that stand in for it, in order: when its provider's breaker is
 * open, or its error would be the same each time. Passing failures are for the queue to retry.
 */
export function modelChain(
  links: readonly Link[],
  { breakers, sightings, maxCostUsd }: ChainOptions,
): Model {
  async function ask<Reply>(
    spentUsd: number,
    run: (model: ProviderModel) => Promise<Reply & Used>,
    { recall, remember }: Memory<Reply> = forgetful,
  ): Promise<Omit<Reply, "usage"> & Made> {
    const calls: ModelCall[] = [];
    let refusal: Error | undefined;
    let waitMs = Infinity;
    for (const link of links) {
      const { row } = link;
      const known = await recall(link);
      if (known) return { ...known, calls: [...calls, { ...callOf(row, noUsage), reused: true }] };
      stopAtLimit(spentUsd, calls, maxCostUsd);
      const wait = await breakers.waitMs(row.provider);
      if (wait > 0) {
        waitMs = Math.min(waitMs, wait);
        calls.push(callOf(row, noUsage, paused(row)));
        continue;
      }
      try {
        const { usage, ...reply } = await run(link.model);
        await breakers.succeeded(row.provider);
        await remember(link, reply);
        return { ...reply, calls: [...calls, callOf(row, usage)] };
      } catch (error) {
        const { kind, failure } = classify(error);
        calls.push(callOf(row, usageOf(error), failure));
        if (kind === "transient") {
          if (!notTheProviders.has(failure.code)) await breakers.failed(row.provider);
          throw withCalls(error, calls);
        }
        await breakers.succeeded(row.provider);
        refusal = withCalls(error, calls);
        if (!anotherMayDo.has(failure.code)) throw refusal;
      }
    }
    if (refusal && waitMs === Infinity) throw refusal;
    throw new TransientError("MODELS_UNAVAILABLE", reasons(calls), { retryAfterMs: waitMs, calls });
  }

  return {
    classify({ spent_usd, reuse, ...question }, signal) {
      const keyOf = ({ row, prompt }: Link) => sightingKey(question, row.name, prompt);
      return ask(spent_usd, (model) => model.classify(question, signal), {
        async recall(link) {
          const key = reuse ? await keyOf(link) : null;
          return key === null ? null : sightings.recall(key);
        },
        async remember(link, sighting) {
          const key = await keyOf(link);
          if (key !== null) await sightings.remember(key, sighting);
        },
      });
    },
    answer: ({ spent_usd, ...brief }, signal, onText) =>
      ask(spent_usd, (model) => model.answer(brief, signal, onText)),
  };
}

/** What a link said of the same question before. */
interface Memory<Reply> {
  recall: (link: Link) => Promise<Reply | null>;
  remember: (link: Link, reply: Omit<Reply, "usage">) => Promise<void>;
}

const forgetful = {
  recall: () => Promise.resolve(null),
  remember: () => Promise.resolve(),
};

function callOf(
  { name: model, input_usd, output_usd }: ModelRow,
  { input_tokens, output_tokens }: Usage,
  error: Failure | null = null,
): ModelCall {
  const cost_usd = (input_tokens * input_usd + output_tokens * output_usd) / perMillion;
  return { model, input_tokens, output_tokens, cost_usd, reused: false, error };
}

const paused = ({ provider }: ModelRow): Failure => ({
  code: "PROVIDER_PAUSED",
  message: `${provider} has failed several times in a row and is left alone for a while.`,
});

const reasons = (calls: readonly ModelCall[]) =>
  calls.map(({ model, error }) => `${model}: ${error?.message}`).join(" ");

function stopAtLimit(spentUsd: number, calls: readonly ModelCall[], maxCostUsd: number) {
  const spent = spentUsd + costOf(calls).cost_usd;
  if (spent < maxCostUsd) return;
  throw new PermanentError(
    "COST_LIMIT_REACHED",
    `The scan has cost $${spent.toFixed(4)} of at most $${maxCostUsd} (MAX_COST_PER_SCAN_USD).`,
    { calls },
  );
}

const usageOf = (error: unknown): Usage =>
  (error instanceof PermanentError || error instanceof TransientError ? error.usage : null) ??
  noUsage;

/** The same error, with what the attempt has cost. */
function withCalls(error: unknown, calls: readonly ModelCall[]): Error {
  if (error instanceof PermanentError) {
    return new PermanentError(error.code, error.message, { cause: error, calls });
  }
  if (error instanceof TransientError) {
    const { code, message, retryAfterMs } = error;
    return new TransientError(code, message, { cause: error, retryAfterMs, calls });
  }
  return error instanceof Error ? error : new Error(String(error));
}

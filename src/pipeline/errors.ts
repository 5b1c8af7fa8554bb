import { type ObjectError, objectErrorOf } from "../platform/object-error.ts";
import type { KnownFailureCode } from "./failure-codes.ts";
import type { ModelCall, Usage } from "./model-call.ts";

/** A failure as jobs, clients and operators see it: a stable code and an English sentence. */
export interface Failure {
  code: string;
  message: string;
}

/** A failure of this version. */
export interface KnownFailure extends Failure {
  code: KnownFailureCode;
}

interface Spent extends ErrorOptions {
  /** Tokens that were paid for all the same. */
  usage?: Usage | undefined;
  /** The model calls of the attempt, including the failed one. */
  calls?: readonly ModelCall[];
}

/** Another attempt cannot help: the job fails at once. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
  readonly code: KnownFailureCode;
  readonly usage: Usage | undefined;
  readonly calls: readonly ModelCall[];
  constructor(code: KnownFailureCode, message: string, options?: Spent) {
    super(message, options);
    this.code = code;
    this.usage = options?.usage;
    this.calls = options?.calls ?? [];
  }
}

/**
 * Another attempt may help. `retryAfterMs` is the wait that the other side asked for. It does not count as
 * an attempt when nobody was asked, as while a circuit breaker is open: the stage is postponed.
 */
export class TransientError extends Error {
  override readonly name = "TransientError";
  readonly code: KnownFailureCode;
  readonly retryAfterMs: number | undefined;
  readonly countsAsAttempt: boolean;
  /** The provider that is at fault; undefined when none is. */
  readonly provider: string | undefined;
  readonly usage: Usage | undefined;
  readonly calls: readonly ModelCall[];
  constructor(
    code: KnownFailureCode,
    message: string,
    options?: Spent & {
      retryAfterMs?: number | undefined;
      countsAsAttempt?: boolean;
      provider?: string | undefined;
    },
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
    this.countsAsAttempt = options?.countsAsAttempt ?? true;
    this.provider = options?.provider;
    this.usage = options?.usage;
    this.calls = options?.calls ?? [];
  }
}

export type Classified = { failure: KnownFailure; calls: readonly ModelCall[] } & (
  | { kind: "permanent" }
  | {
      kind: "transient";
      retryAfterMs: number | undefined;
      countsAsAttempt: boolean;
      provider?: string | undefined;
    }
);

/**
 * The one place that decides whether an error is worth another attempt. An unknown error is transient:
 * attempts are bounded, and a parked job can be redriven once the bug is fixed.
 */
export function classify(error: unknown): Classified {
  if (error instanceof PermanentError) {
    const { code, message, calls } = error;
    return { kind: "permanent", failure: { code, message }, calls };
  }
  if (error instanceof TransientError) {
    const { code, message, calls, retryAfterMs, countsAsAttempt, provider } = error;
    const failure = { code, message };
    return { kind: "transient", failure, retryAfterMs, countsAsAttempt, provider, calls };
  }
  const failure = transientFailure(error);
  return { kind: "transient", failure, retryAfterMs: undefined, countsAsAttempt: true, calls: [] };
}

const objectFailures: Record<ObjectError, KnownFailure> = {
  reset: { code: "OBJECT_RESET", message: "A Durable Object was reset during the attempt." },
  overloaded: {
    code: "OBJECT_OVERLOADED",
    message: "A Durable Object had more to do than it could during the attempt.",
  },
};

function transientFailure(error: unknown): KnownFailure {
  if (isTimeout(error)) {
    return {
      code: "DEADLINE_EXCEEDED",
      message: "The attempt did not finish within its deadline.",
    };
  }
  const objectError = objectErrorOf(error);
  if (objectError) return objectFailures[objectError];
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
}

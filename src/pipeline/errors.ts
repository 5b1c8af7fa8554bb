import type { ModelCall, Usage } from "./model-call.ts";

/** What a job, a client and an operator are told of a failure: a stable code and an English sentence. */
export interface Failure {
  code: string;
  message: string;
}

interface Spent extends ErrorOptions {
  /** Tokens that were bought all the same. */
  usage?: Usage | undefined;
  /** The model calls of the attempt, the failed one among them. */
  calls?: readonly ModelCall[];
}

/** Trying again cannot help: the job fails at once. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
  readonly code: string;
  readonly usage: Usage | undefined;
  readonly calls: readonly ModelCall[];
  constructor(code: string, message: string, options?: Spent) {
    super(message, options);
    this.code = code;
    this.usage = options?.usage;
    this.calls = options?.calls ?? [];
  }
}

/** Trying again may help. `retryAfterMs` is the wait the other side asked for. */
export class TransientError extends Error {
  override readonly name = "TransientError";
  readonly code: string;
  readonly retryAfterMs: number | undefined;
  readonly usage: Usage | undefined;
  readonly calls: readonly ModelCall[];
  constructor(
    code: string,
    message: string,
    options?: Spent & { retryAfterMs?: number | undefined },
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
    this.usage = options?.usage;
    this.calls = options?.calls ?? [];
  }
}

export type Classified = { failure: Failure; calls: readonly ModelCall[] } & (
  | { kind: "permanent" }
  | { kind: "transient"; retryAfterMs: number | undefined }
);

/**
 * The one place that decides whether an error is worth another attempt. What it does not know is
 * transient: the attempts are bounded, and a parked job can be redriven once the bug is fixed.
 */
export function classify(error: unknown): Classified {
  if (error instanceof PermanentError) {
    const { code, message, calls } = error;
    return { kind: "permanent", failure: { code, message }, calls };
  }
  if (error instanceof TransientError) {
    const { code, message, retryAfterMs, calls } = error;
    return { kind: "transient", failure: { code, message }, retryAfterMs, calls };
  }
  const failure = transientFailure(error);
  return { kind: "transient", failure, retryAfterMs: undefined, calls: [] };
}

function transientFailure(error: unknown): Failure {
  if (isTimeout(error)) {
    return {
      code: "DEADLINE_EXCEEDED",
      message: "The attempt did not finish within its deadline.",
    };
  }
  if (isObjectReset(error)) {
    return { code: "OBJECT_RESET", message: "A Durable Object was reset during the attempt." };
  }
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
}

/**
 * Messages with which the runtime ends a call to a Durable Object that a deploy, a move or an
 * overload took away. The flags say the same on most of them, but not on all.
 * https://developers.cloudflare.com/durable-objects/observability/troubleshooting/
 */
const objectResetMessages = [
  "Durable Object reset because its code was updated",
  "Durable Object storage operation exceeded timeout which caused object to be reset",
  "The Durable Object's code has been updated",
  "Cannot resolve Durable Object due to transient issue on remote node",
  "Network connection lost",
  "Durable Object is overloaded",
];

/** Whether a call to an object failed for a passing reason, so that a fresh stub may succeed. */
export function isObjectReset(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("retryable" in error && error.retryable === true) return true;
  if ("overloaded" in error && error.overloaded === true) return true;
  return objectResetMessages.some((text) => error.message.includes(text));
}

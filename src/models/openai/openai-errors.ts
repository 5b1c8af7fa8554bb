import { APIConnectionError, APIError, APIUserAbortError, OpenAIError } from "openai";
import { PermanentError, TransientError } from "../../pipeline/errors.ts";
import { retryAfterMs as retryAfterOf } from "../../platform/retry-after.ts";
import type { Usage } from "../../pipeline/model-call.ts";

/** Statuses that another attempt cannot change, with the code they are told under. */
const permanentStatuses = new Map([
  [400, "MODEL_REQUEST_REJECTED"],
  [401, "MODEL_UNAUTHORIZED"],
  [403, "MODEL_UNAUTHORIZED"],
  [404, "MODEL_NOT_FOUND"],
  [422, "MODEL_REQUEST_REJECTED"],
]);

export const refused = (reason: string, usage?: Usage): PermanentError =>
  new PermanentError("MODEL_REFUSED", `The model refused: ${reason}`, { usage });

export const invalidOutput = (reason: string, usage?: Usage): TransientError =>
  new TransientError("MODEL_OUTPUT_INVALID", `The model's output is not usable: ${reason}`, {
    usage,
  });

/** What an error of the SDK, or of reading what it returned, means to the pipeline. */
export function translate(error: unknown, signal: AbortSignal): Error {
  // Ours, not the provider's: the attempt's deadline, which says its own name.
  if (signal.aborted) return signal.reason instanceof Error ? signal.reason : new Error("aborted");
  if (error instanceof PermanentError || error instanceof TransientError) return error;
  if (error instanceof APIConnectionError || error instanceof APIUserAbortError) {
    return new TransientError("MODEL_UNREACHABLE", error.message, { cause: error });
  }
  if (error instanceof APIError && error.status !== undefined) return translateStatus(error);
  if (error instanceof OpenAIError || error instanceof SyntaxError) {
    return invalidOutput(error.message);
  }
  return error instanceof Error ? error : new Error(String(error));
}

function translateStatus(error: {
  status: number | undefined;
  headers: Headers | undefined;
  message: string;
}): Error {
  const permanent = permanentStatuses.get(error.status ?? 0);
  if (permanent) return new PermanentError(permanent, error.message, { cause: error });
  const retryAfterMs = retryAfterOf(error.headers?.get("retry-after"));
  const options = { cause: error, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  return error.status === 429
    ? new TransientError("MODEL_RATE_LIMITED", error.message, options)
    : new TransientError("MODEL_UNAVAILABLE", error.message, options);
}

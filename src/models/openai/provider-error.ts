import { APIError, OpenAIError } from "openai";
import { classify, PermanentError, TransientError } from "../../pipeline/errors.ts";
import type { Usage } from "../../pipeline/model-call.ts";
import { parsedJson } from "../../platform/parsed-json.ts";
import { durationMs, retryAfterMs } from "../../platform/retry-after.ts";
import { usageOf } from "../call-record.ts";
import { codeOfError, errorRules, type ModelErrorCode, type Report } from "../error-table.ts";
import { ReplyTooLong } from "./reply-bounds.ts";

interface ModelErrorOptions extends ErrorOptions {
  usage?: Usage;
  retryAfterMs?: number | undefined;
}

/** An error of the class that the table has for its code. */
export const modelError = (code: ModelErrorCode, message: string, options?: ModelErrorOptions) =>
  errorRules[code].kind === "permanent"
    ? new PermanentError(code, message, options)
    : new TransientError(code, message, options);

/** The pipeline's error for what an attempt threw. */
export function translate(error: unknown, signal: AbortSignal): Error {
  if (signal.aborted) {
    const { code, message } = classify(signal.reason).failure;
    return new TransientError(code, message, { cause: error, usage: usageOf(error) });
  }
  if (error instanceof APIError && error.status !== undefined) {
    const { status, headers, error: body } = error;
    return providerError(body, { status, headers, cause: error });
  }
  if (error instanceof OpenAIError && error.cause instanceof ReplyTooLong) {
    return modelError("MODEL_OUTPUT_TRUNCATED", error.cause.message, { cause: error });
  }
  if (error instanceof OpenAIError) {
    return modelError("MODEL_UNREACHABLE", error.message, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

interface ErrorReply extends ErrorOptions {
  /** Undefined for an error in a stream. */
  status?: number;
  headers?: Headers;
  usage?: Usage;
}

/**
 * The pipeline's error for an error that a provider sent.
 *
 * @param body an error object, a list of them, or text that may hold JSON.
 */
export function providerError(
  body: unknown,
  { status, headers, cause, usage }: ErrorReply = {},
): PermanentError | TransientError {
  const fields = [...fieldsOf(body)];
  const report = reportOf(fields, status);
  const number = report.status === null ? "" : `${report.status} `;
  const message = `${number}${report.message.slice(0, longestMessage)}`;
  return modelError(codeOfError(report), message, {
    cause,
    ...(usage && { usage }),
    retryAfterMs: waitOf(fields, report.message, headers),
  });
}

type Field = readonly [key: string, value: string];

const messageKeys = ["message", "error", "detail", "msg", ""];
const wordKeys = new Set(["code", "type", "status", "reason", "quotaId", "blockReason"]);
export const longestMessage = 500;

/** Texts and numbers in a value, by the key that each has. Text that holds JSON is read, too. */
function* fieldsOf(value: unknown, key = "", depth = 0): Generator<Field> {
  if (depth > 10) return;
  if (typeof value === "number") yield [key, String(value)];
  else if (typeof value === "string") {
    const parsed = /^\s*[[{]/.test(value) ? parsedJson(value) : undefined;
    if (parsed === undefined) yield [key, value];
    else yield* fieldsOf(parsed, key, depth + 1);
  } else if (Array.isArray(value)) {
    for (const item of value) yield* fieldsOf(item, key, depth + 1);
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) yield* fieldsOf(member, name, depth + 1);
  }
}

function reportOf(fields: readonly Field[], status: number | undefined): Report {
  const message = messageKeys
    .flatMap((name) => fields.filter(([key, value]) => key === name && value.trim() !== ""))
    .at(0)?.[1];
  const words = fields.flatMap(([key, value]) => (wordKeys.has(key) ? [value] : []));
  // Workers AI puts its code before the message, too: 3040: Capacity temporarily exceeded.
  const code = /^(?:\w+: )*(\d{4}): /.exec(message ?? "")?.[1];
  return {
    status: status ?? words.map(Number).find((it) => it >= 400 && it < 600) ?? null,
    words: code ? [...words, code] : words,
    message: message ?? (words.join(" ") || "without a message"),
  };
}

/** The longest of the waits that a provider asks for: in headers, in Gemini's RetryInfo, and in words. */
function waitOf(
  fields: readonly Field[],
  message: string,
  headers: Headers | undefined,
): number | undefined {
  const delay = fields.find(([key]) => key === "retryDelay")?.[1];
  const worded = /(?:try again|retry) (?:in|after) ((?:[\d.]+ ?[a-z]+ ?)+)/i.exec(message)?.[1];
  const waits = [
    durationMs(`${headers?.get("retry-after-ms") ?? ""}ms`),
    retryAfterMs(headers?.get("retry-after")),
    durationMs(delay ?? ""),
    durationMs(worded ?? ""),
  ].filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

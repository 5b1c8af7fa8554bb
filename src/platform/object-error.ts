/**
 * Why a call to a Durable Object failed without a fault of its code: a deploy, a move or a timeout has reset it,
 * so that a fresh stub may reach it; or it has more to do than it can, so that another call at once makes it worse.
 */
export type ObjectError = "reset" | "overloaded";

/**
 * Messages of the runtime. Most of these errors have the flags, too, but not all: those of an object that was
 * called by another object do not.
 * https://developers.cloudflare.com/durable-objects/observability/troubleshooting/
 */
const messages: Record<ObjectError, readonly string[]> = {
  overloaded: [
    "Durable Object is overloaded",
    "Your account is generating too much load on Durable Objects",
    "Your account is doing too many concurrent storage operations",
  ],
  reset: [
    "Durable Object reset because its code was updated",
    "Durable Object storage operation exceeded timeout which caused object to be reset",
    "The Durable Object's code has been updated",
    "this Durable Object instance is no longer active",
    "Cannot resolve Durable Object due to transient issue on remote node",
    "Network connection lost",
  ],
};

const hasFlag = (error: Error, name: string) => Reflect.get(error, name) === true;

/** Null for any other error. An overload counts, whatever else the error says. */
export function objectErrorOf(error: unknown): ObjectError | null {
  if (!(error instanceof Error)) return null;
  const says = (kind: ObjectError) => messages[kind].some((text) => error.message.includes(text));
  if (hasFlag(error, "overloaded") || says("overloaded")) return "overloaded";
  return hasFlag(error, "retryable") || says("reset") ? "reset" : null;
}

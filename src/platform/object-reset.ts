/**
 * Messages of the runtime for a call to a Durable Object that a deploy, a move or an overload has reset.
 * Most of these errors have the flags, too, but not all.
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

/** Whether a call to a Durable Object failed with a transient error, so that a fresh stub may succeed. */
export function isObjectReset(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("retryable" in error && error.retryable === true) return true;
  if ("overloaded" in error && error.overloaded === true) return true;
  return objectResetMessages.some((text) => error.message.includes(text));
}

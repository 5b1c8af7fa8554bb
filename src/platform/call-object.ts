import { objectErrorOf } from "./object-error.ts";

/** The longest wait before the retry, ms. */
const maxWaitMs = 200;

/**
 * Calls a Durable Object. The runtime itself retries a call that has not reached the object, for up to 10 s. What is
 * left are resets while the object works: they break the stub, so that one retry is made with a fresh one. Every
 * method must be idempotent. An overloaded object is not called again: the caller backs off.
 * https://developers.cloudflare.com/durable-objects/best-practices/automatic-retries/
 */
export async function callObject<Stub, Reply extends Promise<unknown>>(
  stubOf: () => Stub,
  call: (object: Stub) => Reply,
): Promise<Awaited<Reply>> {
  try {
    return await call(stubOf());
  } catch (error) {
    if (objectErrorOf(error) !== "reset") throw error;
    await scheduler.wait(Math.random() * maxWaitMs);
    return await call(stubOf());
  }
}

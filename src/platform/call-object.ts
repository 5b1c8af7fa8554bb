import { isObjectReset } from "./object-reset.ts";

const tries = 4;
const baseMs = 50;

/**
 * Calls a Durable Object. A deploy or a move resets objects and breaks their stubs, so a transient
 * error is met with a fresh stub after a jittered wait. Every method must be idempotent.
 */
export async function callObject<Stub, Reply extends Promise<unknown>>(
  stubOf: () => Stub,
  call: (object: Stub) => Reply,
): Promise<Awaited<Reply>> {
  for (let tried = 1; ; tried++) {
    try {
      return await call(stubOf());
    } catch (error) {
      if (tried === tries || !isObjectReset(error)) throw error;
      await scheduler.wait(Math.random() * baseMs * 2 ** tried);
    }
  }
}

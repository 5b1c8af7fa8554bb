import { describe, expect, it, vi } from "vitest";
import { callObject } from "../../src/platform/call-object.ts";
import { objectErrorOf, type ObjectError } from "../../src/platform/object-error.ts";

const flagged = (flags: Record<string, boolean>, message = "x") =>
  Object.assign(new Error(message), flags);

const kinds: [string, unknown, ObjectError | null][] = [
  ["a retryable error", flagged({ retryable: true }), "reset"],
  ["a deploy", new Error("Durable Object reset because its code was updated."), "reset"],
  [
    "a storage timeout",
    new Error("Durable Object storage operation exceeded timeout which caused object to be reset."),
    "reset",
  ],
  [
    "an instance that was shut down",
    new Error(
      "Connection closed: this Durable Object instance is no longer active. Reconnect or retry the request.",
    ),
    "reset",
  ],
  ["a lost connection", new Error("Network connection lost."), "reset"],
  [
    "a reset of an object that another one called",
    flagged({ remote: true }, "Network connection lost."),
    "reset",
  ],
  ["an overloaded error", flagged({ overloaded: true }), "overloaded"],
  ["one that is retryable, too", flagged({ overloaded: true, retryable: true }), "overloaded"],
  [
    "too many requests",
    new Error("Durable Object is overloaded. Too many requests queued."),
    "overloaded",
  ],
  [
    "too much data",
    flagged({ remote: true }, "Durable Object is overloaded. Too much data queued."),
    "overloaded",
  ],
  [
    "an overloaded account",
    new Error(
      "Your account is generating too much load on Durable Objects. Please back off and try again later.",
    ),
    "overloaded",
  ],
  [
    "too much storage work",
    new Error(
      "Your account is doing too many concurrent storage operations. Please back off and try again later.",
    ),
    "overloaded",
  ],
  ["an error of the object's code", flagged({ remote: true }, "x is not a function"), null],
  ["an error that is not retryable", flagged({ retryable: false }), null],
  ["a type error", new TypeError("x is not a function"), null],
  ["text", "Network connection lost.", null],
  ["nothing", undefined, null],
];

/** Calls an object that fails so many times; counts the calls, and gives each stub a number. */
function failing(error: unknown, times: number) {
  let stubs = 0;
  const used: number[] = [];
  const call = vi.fn<(stub: number) => Promise<string>>(async (stub) => {
    used.push(stub);
    if (used.length <= times) throw error;
    return "reply";
  });
  return { used, reply: callObject(() => ++stubs, call) };
}

describe("a call of an object", () => {
  it.each(kinds)("that fails with %s is of its kind", (_, error, kind) => {
    expect(objectErrorOf(error)).toBe(kind);
  });

  it.each(kinds.filter(([, , kind]) => kind === "reset"))(
    "is made once more, with a fresh stub, after %s",
    async (_, error) => {
      const { used, reply } = failing(error, 1);
      expect(await reply).toBe("reply");
      expect(used).toEqual([1, 2]);
    },
  );

  it("is given up when the object is reset twice", async () => {
    const error = flagged({ retryable: true });
    const { used, reply } = failing(error, 9);
    await expect(reply).rejects.toBe(error);
    expect(used).toEqual([1, 2]);
  });

  it.each(kinds.filter(([, , kind]) => kind !== "reset"))(
    "is made once when it fails with %s",
    async (_, error) => {
      const { used, reply } = failing(error, 1);
      await expect(reply.catch((thrown: unknown) => ({ thrown }))).resolves.toEqual({
        thrown: error,
      });
      expect(used).toEqual([1]);
    },
  );
});

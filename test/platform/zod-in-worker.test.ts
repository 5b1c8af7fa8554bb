import * as zod from "zod";
import { expect, it } from "vitest";
import * as inWorker from "../../src/platform/zod-in-worker.ts";

it("has every export of zod but its core and its languages", () => {
  const left = new Set(["core", "locales", "default"]);
  const names = (exported: object) =>
    Object.keys(exported)
      .filter((name) => !left.has(name))
      .toSorted();
  expect(names(inWorker)).toEqual(names(zod));
  expect(names(inWorker.z)).toEqual(names(zod.z));
});

it("says in English what is wrong", () => {
  const { error } = inWorker.z.object({ a: inWorker.z.string() }).safeParse({ a: 1 });
  expect(error?.issues[0]?.message).toBe("Invalid input: expected string, received number");
});

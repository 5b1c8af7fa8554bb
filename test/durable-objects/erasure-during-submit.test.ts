import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { erasureSteps } from "../../src/erasure/erasure-steps.ts";
import { jobOf, stateOf } from "../support/job-builders.ts";
import { callApp } from "../support/worker-requests.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const aUser = () => `user-${crypto.randomUUID()}`;

/** Runs steps of one pass of an erasure. */
async function erase(user: string, from: number, to: number) {
  for (const { remove } of erasureSteps.slice(from, to)) while (await remove(env, user));
}

/** Bindings in which something happens around the submission to a job's object. */
const around = (before: (jobId: string) => Promise<unknown>, after: () => Promise<unknown>) => ({
  SCAN_JOB: new Proxy(env.SCAN_JOB, {
    get(target, name): unknown {
      if (name !== "getByName") return Reflect.get(target, name);
      return (jobId: string) => {
        const stub = target.getByName(jobId);
        return {
          submit: async (...given: Parameters<typeof stub.submit>) => {
            await before(jobId);
            const reply = await stub.submit(...given);
            await after();
            return reply;
          },
          erase: () => stub.erase(),
        };
      };
    },
  }),
});

const submit = (user: string, settings: Partial<Env> = {}) =>
  callApp(settings, "/api/v1/scan", {
    method: "POST",
    headers: { "x-user-id": user, "content-type": "application/json" },
    body: JSON.stringify({ user_input: "생수병" }),
  });

const keysOf = (jobId: string) =>
  runInDurableObject(jobOf(jobId), async (_, { storage }) => ({
    keys: Array.from(storage.kv.list(), ([key]) => key),
    alarm: await storage.getAlarm(),
  }));

const steps = erasureSteps.map(({ name }, at) => [name, at + 1] as const);

describe.each(steps)(
  "a scan in words, submitted when its erasure is behind the step %s",
  (_, at) => {
    it.each<[string, "before" | "after"]>([
      ["that was admitted before the erasure", "before"],
      ["that is submitted before the pass goes on", "after"],
    ])("leaves nothing, %s", async (_when, rest) => {
      const user = aUser();
      let submitted = "";
      const response = await submit(
        user,
        around(
          async (jobId) => {
            submitted = jobId;
            await erase(user, 0, at);
          },
          async () => (rest === "after" ? erase(user, at, erasureSteps.length) : undefined),
        ),
      );
      // The pass goes on when the submit has been answered; it may be the last.
      if (rest === "before") await erase(user, at, erasureSteps.length);
      // What the erasure finds later than the answer is erased all the same.
      expect([202, 503]).toContain(response.status);
      expect(await keysOf(submitted)).toEqual({ keys: [], alarm: null });
      expect(await env.USER_ACCOUNT.getByName(user).jobs()).toEqual([]);
    });

    it("is known to its user's account when it was admitted only then", async () => {
      const user = aUser();
      await erase(user, 0, at);
      vi.setSystemTime(Date.now() + 1);
      const response = await submit(user);
      expect(response.status).toBe(202);
      const { job_id } = await response.json<{ job_id: string }>();
      await erase(user, at, erasureSteps.length);
      const isLeft = (await stateOf(jobOf(job_id))) !== null;
      expect(await env.USER_ACCOUNT.getByName(user).jobs()).toEqual(isLeft ? [job_id] : []);
      await erase(user, 0, erasureSteps.length);
      expect(await stateOf(jobOf(job_id))).toBeNull();
    });
  },
);

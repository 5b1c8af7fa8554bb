import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { collectionOf } from "../../src/api/collection.ts";
import { buildHistoryEntry } from "../support/build-history-entry.ts";

const unlimited = { perDay: null, atOnce: null };
const character = { code: "char-petty", name: "페티", type: "재활용", dialog: "말" };

/** Bindings whose account of a user does something between the read and the grant of the default character. */
function envWith(userId: string, between: () => Promise<unknown>): Env {
  const account = env.USER_ACCOUNT.getByName(userId);
  const getByName = () =>
    new Proxy(account, {
      get(target, key): unknown {
        if (key !== "characters") return Reflect.get(target, key);
        return async (id: string) => {
          const found = await account.characters(id);
          await between();
          return found;
        };
      },
    });
  const namespace = new Proxy(env.USER_ACCOUNT, {
    get: (target, key): unknown => (key === "getByName" ? getByName : Reflect.get(target, key)),
  });
  return { ...env, USER_ACCOUNT: namespace };
}

it("does not grant the default character when a scan grants another during the read", async () => {
  const userId = crypto.randomUUID();
  const jobId = crypto.randomUUID();
  const account = env.USER_ACCOUNT.getByName(userId);
  await account.admit(jobId, unlimited);
  const bindings = envWith(userId, () =>
    account.recordEnd(buildHistoryEntry(jobId), {
      id: jobId,
      userId,
      character,
      acquiredAt: 1_000,
    }),
  );
  expect(await collectionOf(bindings, userId)).toMatchObject([{ id: jobId, code: "char-petty" }]);
  expect(await account.admit(crypto.randomUUID(), unlimited)).toMatchObject({
    owned: ["char-petty"],
  });
});

it("saves the default character in the end when its queue was down at first", async () => {
  const userId = crypto.randomUUID();
  const sent: unknown[] = [];
  let isDown = true;
  const queue = {
    ...env.USER_CHARACTERS,
    async send(body: unknown) {
      if (isDown) throw new Error("The queue is down");
      sent.push(body);
      return env.USER_CHARACTERS.metrics().then((metrics) => ({ metadata: { metrics } }));
    },
  };
  const bindings: Env = { ...env, USER_CHARACTERS: queue, CHARACTER_OWNERSHIP: queue };
  await expect(collectionOf(bindings, userId)).rejects.toThrow("The queue is down");
  isDown = false;
  const [first] = await collectionOf(bindings, userId);
  expect(first).toMatchObject({ code: "char-eco" });
  expect(await collectionOf(bindings, userId)).toEqual([first]);
  expect(sent).toMatchObject([
    { id: first?.id, userId },
    { id: first?.id, userId },
  ]);
});

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { type Receiver, startReceiver } from "../node/receiver.ts";
import { filesWith, packDatabases } from "./persisted-files.ts";
import { type Server, startServer } from "./start-server.ts";

const soon = { timeout: 90_000, interval: 500 };
const opsToken = "ops-token-of-the-erased-state-tests";
const mark = () => randomBytes(8).toString("hex");

/** What a user leaves, by where it is sent. Each is like nothing else in the state. */
const planted = {
  words: `초록 병 ${mark()}`,
  phoneNumber: `010-${String(1_000 + (Date.now() % 9_000))}-7391`,
  parkedWords: `노란 병 ${mark()}`,
  failedWords: `하얀 병 ${mark()}`,
  testWords: `갈색 병 ${mark()}`,
  nickname: `초록 ${mark().slice(0, 8)}`,
  region: `서울특별시 강남구 ${mark()}`,
  callback: `hook-${mark()}`,
  userId: `erased-${mark()}`,
};
/** What is sent, and stored nowhere as it is. */
const unstored = {
  answer: `유리병 ${mark()}`,
  filename: `사진-${mark()}.jpg`,
  key: `key-${mark()}`,
  refusedKey: `key-${mark()}`,
};

const Accepted = z.object({ job_id: z.uuid(), stream_url: z.string() });
const Asked = z.object({ receipt_url: z.string() });
const Receipt = z.object({ status: z.literal("done"), removed: z.record(z.string(), z.int()) });
const Listed = z.object({ dead_letters: z.array(z.unknown()) });

let model: ModelServer;
let receiver: Receiver;
let server: Server;
let photo: Buffer<ArrayBuffer>;
/** Of the middle of the photo's picture, which cleaning leaves as it is. */
let picture: Buffer;

beforeAll(async () => {
  [model, receiver] = await Promise.all([startModelServer(), startReceiver()]);
  photo = Buffer.from(await readFile(new URL("../fixtures/drawn/choice.jpg", import.meta.url)));
  picture = photo.subarray(photo.length / 2, photo.length / 2 + 64);
  server = await startServer({
    // With the log in the state.
    quiet: true,
    env: {
      OPENAI_API_KEY: "sk-test",
      OPENAI_BASE_URL: model.baseURL,
      OPS_TOKEN: opsToken,
      GUESTS: "on",
      WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString("base64")}`,
    },
  });
});

afterAll(async () => {
  await server.stop();
  await Promise.all([model.close(), receiver.close()]);
});

const asUser = { "x-user-id": planted.userId };
type Sent = Record<string, string>;
type Init = Omit<RequestInit, "headers"> & { headers?: Sent };
const ask = (path: string, { headers, ...init }: Init = {}, who: Sent = asUser) =>
  fetch(new URL(path, server.url), { ...init, headers: { ...who, ...headers } });
const sendJson = (method: string, path: string, body: object, headers: Sent = {}, who?: Sent) =>
  ask(
    path,
    {
      method,
      body: JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    },
    who,
  );

async function followed(response: Response, who?: Sent): Promise<string> {
  expect(response.status).toBe(202);
  const { job_id, stream_url } = Accepted.parse(await response.json());
  await (await ask(stream_url, {}, who)).text();
  return job_id;
}
const scan = (body: object, headers: Sent = {}) => sendJson("POST", "/api/v1/scan", body, headers);

/** A scan of a photo that asks what it is, and gets an answer in words. */
async function answeredScan() {
  const form = new FormData();
  form.set("image", new File([photo], unstored.filename, { type: "image/jpeg" }));
  form.set("model", "offline");
  form.set("region", planted.region);
  const job = await followed(await ask("/api/v1/scan", { method: "POST", body: form }));
  await followed(await sendJson("POST", `/api/v1/scan/${job}/confirm`, { words: unstored.answer }));
}

/** An operator runs a scan's content again as a test, with words of their own. */
async function testedAgain(job: string) {
  const operator = { authorization: `Bearer ${opsToken}` };
  const body = { user_input: planted.testWords, model: "offline", by: "kim", why: "a test" };
  const begun = await sendJson("POST", `/api/v1/ops/jobs/${job}/tests`, body, {}, operator);
  expect(begun.status).toBe(202);
  const { job_id } = Accepted.pick({ job_id: true }).parse(await begun.json());
  await vi.waitUntil(async () => {
    const shown = await ask(`/api/v1/ops/jobs/${job_id}`, {}, operator);
    return z.object({ ended_at: z.string().nullable() }).parse(await shown.json()).ended_at;
  }, soon);
}

async function leaveEverything() {
  const { words, phoneNumber, region, callback, nickname } = planted;
  expect((await sendJson("PATCH", "/api/v1/users/me", { nickname })).status).toBe(200);
  const callback_url = `${receiver.baseURL}/500/${callback}`;
  const job = await followed(
    await scan(
      { user_input: `${words} ${phoneNumber}`, region, callback_url },
      { "idempotency-key": unstored.key },
    ),
  );
  await testedAgain(job);
  await followed(await scan({ user_input: `${planted.failedWords} [vision:400]` }));
  await followed(await scan({ user_input: `${planted.parkedWords} [vision:malformed]` }));
  await answeredScan();
  const upload = { filename: unstored.filename, content_type: "image/jpeg" };
  expect((await sendJson("POST", "/api/v1/images/scan", upload)).status).toBe(200);
  await sendJson("POST", "/api/v1/scan", {}, { "idempotency-key": unstored.refusedKey });
  await ask("/api/v1/users/me/characters");
  await ask("/api/v1/users/me/scans");
}

/** Erases who asks, and waits for the receipt that says so. */
async function erase(who?: Sent) {
  const asked = await ask("/api/v1/users/me", { method: "DELETE" }, who);
  expect(asked.status).toBe(202);
  const { receipt_url } = Asked.parse(await asked.json());
  await vi.waitFor(async () => {
    Receipt.parse(await (await ask(receipt_url, {}, who)).json());
  }, soon);
}

/** The session of a guest, as its browser sends it. */
async function beginGuest(): Promise<Sent> {
  const origin = server.url;
  const begun = await ask("/api/v1/auth/guest", { method: "POST", headers: { origin } }, {});
  const cookie = begun.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  return { cookie, origin };
}

describe("the state of a local server after an erasure", () => {
  it(
    "has nothing in any file of what users left by every way there is",
    { timeout: 300_000 },
    async () => {
      const guestWords = `파란 병 ${mark()}`;
      const guest = await beginGuest();
      await followed(
        await sendJson("POST", "/api/v1/scan", { user_input: guestWords }, {}, guest),
        guest,
      );
      await leaveEverything();
      await vi.waitFor(async () => {
        const headers = { authorization: `Bearer ${opsToken}` };
        const rows = await fetch(new URL("/api/v1/ops/dead-letters", server.url), { headers });
        expect(Listed.parse(await rows.json()).dead_letters).toHaveLength(1);
      }, soon);

      // It was there, or this would prove nothing.
      for (const [name, text] of Object.entries({ ...planted, guestWords })) {
        expect(await filesWith(server.persistTo, text), name).not.toEqual([]);
      }
      expect(await filesWith(server.persistTo, picture)).not.toEqual([]);

      await Promise.all([erase(), erase(guest)]);
      await server.stop();
      await packDatabases(server.persistTo);
      for (const [name, text] of Object.entries({ ...planted, ...unstored, guestWords })) {
        expect(await filesWith(server.persistTo, text), name).toEqual([]);
      }
      expect(await filesWith(server.persistTo, picture)).toEqual([]);
    },
  );
});

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { type Receiver, startReceiver } from "../node/receiver.ts";
import { filesWith, packDatabases } from "./persisted-files.ts";
import { type Server, startServer } from "./start-server.ts";

const opsToken = "ops-token-of-the-erasure-tests";
const eventsToken = "events-token-of-the-erasure-tests";
const soon = { timeout: 60_000, interval: 250 };

let model: ModelServer;
let receiver: Receiver;
let server: Server;
let settings: Record<string, string>;
/** One for each test. */
let users: [Ended, Ended];

beforeAll(async () => {
  [model, receiver] = await Promise.all([startModelServer(), startReceiver()]);
  settings = {
    OPENAI_API_KEY: "sk-test",
    OPENAI_BASE_URL: model.baseURL,
    OPS_TOKEN: opsToken,
    EVENTS_TOKEN: eventsToken,
    WEBHOOK_SECRETS: `whsec_${randomBytes(32).toString("base64")}`,
  };
  server = await startServer({ env: settings });
  // The scan of each is parked after four attempts, which takes half a minute.
  users = await Promise.all([aUser(), aUser()]);
});

afterAll(async () => {
  await server.stop();
  await Promise.all([model.close(), receiver.close()]);
});

const Accepted = z.object({ job_id: z.uuid(), stream_url: z.string() });
const History = z.object({ items: z.array(z.object({ job_id: z.string() })) });
const Collection = z.array(z.object({ code: z.string() }));
const Deliveries = z.object({ deliveries: z.array(z.object({ job_id: z.string() })) });
const DeadLetters = z.object({
  dead_letters: z.array(z.object({ job_id: z.string().nullable() })),
});
const Asked = z.object({ id: z.uuid(), status: z.literal("running"), receipt_url: z.string() });
const Receipt = z.object({
  status: z.string(),
  removed: z.record(z.string(), z.int()),
  ended_at: z.iso.datetime().nullable(),
});
const CloudEvents = z.array(
  z.object({
    cursor: z.coerce.number(),
    subject: z.string(),
    type: z.string(),
    userid: z.string().optional(),
    data: z.looseObject({ redacted: z.boolean().optional() }),
  }),
);

/** Asks as a user. */
function ask(userId: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { "content-type": "application/json", "x-user-id": userId };
  return fetch(new URL(path, server.url), { ...init, headers });
}

/** Reads what is behind a token. */
async function read<Body>(schema: z.ZodType<Body>, token: string, path: string): Promise<Body> {
  const headers = { authorization: `Bearer ${token}` };
  return schema.parse(await (await fetch(new URL(path, server.url), { headers })).json());
}

async function submit(userId: string, words: string, callback_url?: string) {
  const body = { user_input: `${words} {${crypto.randomUUID()}}`, callback_url };
  const response = await ask(userId, "/api/v1/scan", {
    method: "POST",
    body: JSON.stringify(body),
  });
  return Accepted.parse(await response.json());
}

/** The text of a stream until its end. */
const streamOf = async (userId: string, { stream_url }: z.infer<typeof Accepted>) =>
  (await ask(userId, stream_url)).text();

/** All events of the log, in order. */
async function wholeFeed() {
  const events: z.infer<typeof CloudEvents> = [];
  for (;;) {
    const after = events.at(-1)?.cursor ?? 0;
    const page = await read(CloudEvents, eventsToken, `/api/v1/events?limit=500&after=${after}`);
    if (page.length === 0) return events;
    events.push(...page);
  }
}

const theirs = async (jobs: readonly string[]) =>
  (await wholeFeed()).filter(({ subject }) => jobs.includes(subject));

async function operatorsSee(jobs: readonly string[]) {
  const { deliveries } = await read(Deliveries, opsToken, "/api/v1/ops/webhooks");
  const { dead_letters } = await read(DeadLetters, opsToken, "/api/v1/ops/dead-letters");
  return {
    webhooks: deliveries.filter(({ job_id }) => jobs.includes(job_id)).length,
    deadLetters: dead_letters.filter(({ job_id }) => jobs.includes(job_id ?? "")).length,
  };
}

/**
 * A user who has left something of everything: a name, scans that have ended, one of them with a webhook to a server
 * that does not accept it, one that is parked, and a character.
 */
async function aUser() {
  const userId = `erased-${crypto.randomUUID()}`;
  const nickname = JSON.stringify({ nickname: "초록이" });
  await ask(userId, "/api/v1/users/me", { method: "PATCH", body: nickname });
  const scans = [
    await submit(userId, "생수병", `${receiver.baseURL}/500/${userId}`),
    await submit(userId, "생수병 [vision:malformed]"),
    await submit(userId, "생수병"),
    await submit(userId, "생수병 [vision:400]"),
  ];
  await Promise.all(scans.map((scan) => streamOf(userId, scan)));
  const jobs = scans.map(({ job_id }) => job_id);
  await vi.waitFor(async () => {
    const history = History.parse(await (await ask(userId, "/api/v1/users/me/scans")).json());
    expect(history.items).toHaveLength(3);
    expect(await operatorsSee(jobs)).toEqual({ webhooks: 1, deadLetters: 1 });
  }, soon);
  // A look before the character is saved gives the default one besides.
  const characters = await vi.waitFor(async () => {
    const collection = await charactersOf(userId);
    expect(collection).toContain("char-petty");
    return collection.length;
  }, soon);
  return { userId, jobs, characters };
}

/** Submits one more scan for a user, whose model does not answer. */
async function withRunningScan({ userId, jobs: ended, characters }: Ended) {
  const running = await submit(userId, "생수병 [answer:silent]");
  const jobs = [...ended, running.job_id];
  const events = await vi.waitFor(async () => {
    const feed = await theirs(jobs);
    // The watchdog of a scan that runs publishes its events; these are all until it ends.
    const ofRunning = feed.filter(({ subject }) => subject === running.job_id);
    expect(ofRunning.map(({ type }) => type)).toContain("scan.classified");
    expect(new Set(feed.map(({ userid }) => userid))).toEqual(new Set([userId]));
    return feed;
  }, soon);
  return { userId, jobs, running, characters, events };
}

type Ended = Awaited<ReturnType<typeof aUser>>;
type User = Awaited<ReturnType<typeof withRunningScan>>;

const charactersOf = async (userId: string) =>
  Collection.parse(await (await ask(userId, "/api/v1/users/me/characters")).json()).map(
    ({ code }) => code,
  );

/** Asks to be erased; the path of the receipt. */
async function eraseMe(userId: string): Promise<string> {
  const response = await ask(userId, "/api/v1/users/me", { method: "DELETE" });
  expect(response.status).toBe(202);
  const { id, receipt_url } = Asked.parse(await response.json());
  expect(receipt_url).toBe(`/api/v1/users/me/erasures/${id}`);
  return receipt_url;
}

const receiptAt = async (userId: string, path: string) =>
  Receipt.parse(await (await ask(userId, path)).json());

/** The receipt when all is erased. */
const untilDone = (userId: string, path: string) =>
  vi.waitFor(async () => {
    const receipt = await receiptAt(userId, path);
    expect(receipt.status).toBe("done");
    return receipt;
  }, soon);

/** Nothing of a user is shown any more, and the log has its events in their places without them. */
async function expectGone({ jobs, userId, events }: User) {
  for (const id of jobs) {
    for (const path of ["", "/result", "/events"]) {
      expect((await ask(userId, `/api/v1/scan/${id}${path}`)).status).toBe(404);
    }
  }
  expect(await operatorsSee(jobs)).toEqual({ webhooks: 0, deadLetters: 0 });
  const feed = await wholeFeed();
  expect(feed.map(({ cursor }) => cursor)).toEqual(feed.map((_, index) => index + 1));
  expect(feed.filter(({ userid }) => userid === userId)).toEqual([]);
  const left = feed.filter(({ subject }) => jobs.includes(subject));
  const placeOf = ({ cursor, subject, type }: (typeof feed)[number]) => ({ cursor, subject, type });
  expect(left.map(placeOf)).toEqual(expect.arrayContaining(events.map(placeOf)));
  expect(left.filter(({ data }) => data.redacted !== true)).toEqual([]);
}

/** The receipt of such a user. */
const removedOf = ({ characters, events }: User) => ({
  scans: 5,
  account: 1,
  profile: 1,
  characters,
  ownerships: characters,
  dead_letters: 1,
  webhooks: 1,
  history: 3,
  events_redacted: events.length,
});

describe("an erasure in the middle of a scan", () => {
  it(
    "removes the user from every response within seconds, and leaves a receipt of what it removed",
    { timeout: 180_000 },
    async () => {
      const user = await withRunningScan(users[0]);
      const { userId, running } = user;
      const stream = streamOf(userId, running);
      const path = await eraseMe(userId);
      expect(await eraseMe(userId)).toBe(path);
      expect(await stream).not.toContain("event: done");
      const receipt = await untilDone(userId, path);
      expect(receipt.removed).toEqual(removedOf(user));
      expect(receipt.ended_at).not.toBeNull();
      expect((await ask(`not-${userId}`, path)).status).toBe(404);
      await expectGone(user);

      const history = await ask(userId, "/api/v1/users/me/scans");
      expect(await history.json()).toEqual({ items: [], next_cursor: null });
      const stats = await ask(userId, "/api/v1/users/me/stats");
      expect(await stats.json()).toMatchObject({
        total: 0,
        rewards: { total: 0 },
        by_category: [],
      });
      expect(await charactersOf(userId)).toEqual(["char-eco"]);
      const profile = await ask(userId, "/api/v1/users/me");
      expect(await profile.json()).toMatchObject({ nickname: "사용자" });
      // The looks have made rows again.
      await untilDone(userId, await eraseMe(userId));
    },
  );

  it(
    "is erased though the server is killed with SIGKILL, and is in none of its files then",
    { timeout: 240_000 },
    async () => {
      const user = await withRunningScan(users[1]);
      const { userId } = user;
      const path = await eraseMe(userId);
      await server.stop("SIGKILL");
      const killedAt = Date.now();
      const port = Number(new URL(server.url).port);
      server = await startServer({ env: settings, port, persistTo: server.persistTo });
      const receipt = await untilDone(userId, path);
      expect(Date.parse(receipt.ended_at ?? "")).toBeGreaterThan(killedAt);
      expect(receipt.removed).toMatchObject(removedOf(user));
      await expectGone(user);

      await server.stop();
      // What stays is found, or this would prove nothing.
      await packDatabases(server.persistTo);
      expect(await filesWith(server.persistTo, user.jobs[0] ?? "")).not.toEqual([]);
      expect(await filesWith(server.persistTo, userId)).toEqual([]);
    },
  );
});

import { env } from "cloudflare:workers";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from "vitest";
import { revoke } from "../../src/auth/revoke.ts";
import type { Character } from "../../src/characters/character.ts";
import { readCatalog } from "../../src/characters/character-catalog.ts";
import { type CatalogChange, changeCatalog } from "../../src/characters/change-catalog.ts";
import { runScheduled } from "../../src/cron/scheduled-tasks.ts";
import { WebhookMessage } from "../../src/pipeline/messages.ts";
import { sha256 } from "../../src/platform/sha256.ts";
import { followChanges } from "../../src/webhooks/follow-changes.ts";
import { sweepDeliveries } from "../../src/webhooks/sweep-deliveries.ts";
import { receivedRequests, webhookEnv } from "../support/build-webhook.ts";
import { buildScanEvents } from "../support/build-scan-events.ts";
import { crashingEnv, ProcessCrashed } from "../support/crashing-env.ts";
import { buildMessage, deliver } from "../support/queue-messages.ts";
import { appendScans, emptyLog, rewriteEvents } from "../support/scan-event-log.ts";
import { callApp } from "../support/worker-requests.ts";

const { DB } = env;
const minute = 60_000;

let seeded: readonly Character[] = [];
const replaceCatalog = (edit: CatalogChange["edit"]) =>
  changeCatalog(DB, { by: "kim", action: "catalog.refresh", target: "*", detail: {}, edit });

beforeAll(async () => {
  seeded = (await readCatalog(DB)).characters;
});
afterAll(() => replaceCatalog(() => [...seeded]));

beforeEach(async () => {
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
  await emptyLog();
  await DB.exec("DELETE FROM webhook_deliveries");
  await DB.exec("DELETE FROM revocations");
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const receiverURL = () => `${inject("receiverBaseURL")}/ok/${crypto.randomUUID()}`;

/** Bindings with receivers, and a queue that keeps what it is sent, or refuses it. */
function following(urls: readonly string[], { fails = false, from = env } = {}) {
  const sent: WebhookMessage[] = [];
  const send = async (body: unknown) => {
    if (fails) throw new Error("The queue is not available");
    sent.push(WebhookMessage.parse(body));
  };
  const WEBHOOKS = new Proxy(env.WEBHOOKS, {
    get: (target, key): unknown => (key === "send" ? send : Reflect.get(target, key)),
  });
  const settings = { WEBHOOKS, CHANGE_WEBHOOK_URLS: urls.join(",") };
  return { sent, bindings: { ...from, ...webhookEnv(settings), DB: from.DB, ...settings } };
}

const setDialog = (dialog: string) =>
  changeCatalog(DB, {
    by: "kim",
    action: "catalog.upsert",
    target: "char-eco",
    detail: {},
    edit: (before) => before.map((it) => (it.code === "char-eco" ? { ...it, dialog } : it)),
  });
const revokeToken = (value: string, until: number | null = null) =>
  revoke(DB, { kind: "jti", value, revoked_at: Date.now(), until, by: "kim", why: "lost" });

const deliveryIds = async () => {
  const { results } = await DB.prepare("SELECT id FROM webhook_deliveries ORDER BY id").all<{
    id: string;
  }>();
  return results.map(({ id }) => id);
};

describe("the receivers of changes", () => {
  it("get each change once, with its place in the log, and no scan", async () => {
    const urls = [receiverURL(), receiverURL()];
    const { sent, bindings } = following(urls);
    await appendScans(buildScanEvents());
    await setDialog("안녕!");
    await revokeToken("a");
    await followChanges(bindings);
    await followChanges(bindings);
    for (const url of urls) {
      expect(sent.filter((it) => it.url === url).map(({ payload }) => payload)).toMatchObject([
        {
          type: "catalog.upsert",
          data: { cursor: expect.any(Number), character: { code: "char-eco", dialog: "안녕!" } },
        },
        { type: "token.revoked", data: { kind: "jti", value: "a", until: null } },
      ]);
    }
    expect(new Set(sent.map(({ id }) => id)).size).toBe(4);
    await setDialog("또 만났네!");
    await followChanges(bindings);
    expect(sent).toHaveLength(6);
  });

  it("get them through the queue, signed", async () => {
    const url = receiverURL();
    const { sent, bindings } = following([url]);
    await revokeToken("a");
    await followChanges(bindings);
    await deliver("webhooks", sent.map(buildMessage), webhookEnv());
    const [request] = await receivedRequests(url);
    expect(request?.headers).toMatchObject({ "webhook-id": sent[0]?.id });
    expect(JSON.parse(request?.body ?? "")).toEqual(sent[0]?.payload);
  });

  it("get no revocation that has ended", async () => {
    const { sent, bindings } = following([receiverURL()]);
    vi.useFakeTimers({ toFake: ["Date"] });
    await revokeToken("a", Date.now() + minute);
    await revokeToken("b");
    vi.setSystemTime(Date.now() + 2 * minute);
    await followChanges(bindings);
    expect(sent.map(({ payload }) => payload.data)).toMatchObject([{ value: "b" }]);
  });

  it("are told of a catalog that is too large for a message", async () => {
    const { sent, bindings } = following([receiverURL()]);
    const dialog = "가".repeat(500);
    const many = Array.from({ length: 100 }, (_, at) => ({
      code: `c-${at}`,
      name: "n",
      type: "t",
      dialog,
      match: `m-${at}`,
    }));
    await replaceCatalog((characters) => [...characters, ...many]);
    await followChanges(bindings);
    expect(sent[0]?.payload.data).toEqual({
      cursor: 1,
      version: expect.any(Number),
      left_out: true,
    });
  });

  it("get each once when two runs follow at the same time", async () => {
    const { sent, bindings } = following([receiverURL()]);
    await revokeToken("a");
    await revokeToken("b");
    await Promise.all([1, 2, 3].map(() => followChanges(bindings)));
    expect(sent.map(({ payload }) => payload.data["value"])).toEqual(["a", "b"]);
  });

  it("get a change whose message is lost by the sweep, under the same id", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const url = receiverURL();
    await revokeToken("a");
    await followChanges(following([url], { fails: true }).bindings);
    const { sent, bindings } = following([url]);
    await followChanges(bindings);
    expect(sent).toEqual([]);
    vi.setSystemTime(Date.now() + 11 * minute);
    expect(await sweepDeliveries(bindings)).toBe(1);
    expect(sent.map(({ id }) => id)).toEqual(await deliveryIds());
  });

  it.each(
    [1, 2].flatMap((call) => (["before", "after"] as const).map((when) => [call, when] as const)),
  )("lose nothing when the process crashes at call %i, %s it", async (call, when) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const url = receiverURL();
    await revokeToken("a");
    await setDialog("안녕!");
    const crashing = following([url], { from: { ...env, ...crashingEnv(env, call, when) } });
    await expect(followChanges(crashing.bindings)).rejects.toBeInstanceOf(ProcessCrashed);
    const { sent, bindings } = following([url]);
    await followChanges(bindings);
    vi.setSystemTime(Date.now() + 11 * minute);
    await sweepDeliveries(bindings);
    const ids = await deliveryIds();
    expect(ids).toHaveLength(2);
    expect([...new Set(sent.map(({ id }) => id))].toSorted()).toEqual(ids);
  });

  it("get the changes behind one that cannot be read, whatever another receiver does", async () => {
    const url = receiverURL();
    const { sent, bindings } = following([receiverURL(), url]);
    await revokeToken("a");
    await rewriteEvents(() => ({ data: "damaged" }));
    await revokeToken("b");
    // Its cursor cannot be written.
    const first = `changes:${(await sha256(bindings.CHANGE_WEBHOOK_URLS.split(",")[0] ?? "")).slice(0, 12)}`;
    await DB.exec(
      `CREATE TRIGGER refuse BEFORE INSERT ON event_readers WHEN new.name = '${first}' BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
    await expect(followChanges(bindings)).rejects.toThrow("broken");
    await DB.exec("DROP TRIGGER refuse");
    expect(sent.map((it) => [it.url, it.payload.data["value"]])).toEqual([[url, "b"]]);
  });

  it("get them from the cron, and at once when an operator makes the change", async () => {
    const { sent, bindings } = following([receiverURL()]);
    await revokeToken("a");
    await runScheduled("*/5 * * * *", bindings);
    expect(sent).toHaveLength(1);
    const response = await callApp({ ...bindings, OPS_TOKEN: "ops" }, "/api/v1/ops/revocations", {
      method: "POST",
      headers: { authorization: "Bearer ops", "content-type": "application/json" },
      body: JSON.stringify({ kind: "jti", value: "b", by: "kim", why: "lost" }),
    });
    expect(response.status).toBe(201);
    await vi.waitFor(() => expect(sent).toHaveLength(2));
  });

  it("are none without a setting", async () => {
    const { bindings } = following([]);
    await revokeToken("a");
    await followChanges(bindings);
    expect(await deliveryIds()).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import {
  type Client,
  hear,
  readFrame,
  scanStore,
  type ScanStore,
  type ScanTarget,
  unheard,
} from "../../client/src/index.ts";
import { buildClient, buildProblem, recordRequests } from "../support/client-builders.ts";

const words = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
const posts = (requests: Request[]) => requests.filter(({ method }) => method === "POST");

/** Listens until the store has come to a phase. */
async function until(store: ScanStore, phase: ReturnType<ScanStore["getState"]>["phase"]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => store.getState().phase === phase && resolve();
  const leave = store.subscribe(look);
  look();
  await promise;
  leave();
  return store.getState();
}

const shown = (client: Client, target: ScanTarget) => until(scanStore(client, target), "ended");

describe("a frame of a newer server", () => {
  it("moves the view on, and leaves what is shown as it is", () => {
    const seen = { job_id: "j", ts: "", seq: 1, stage: "vision", status: "started", progress: 0 };
    const unknown = { ...seen, seq: 2, stage: "packing", status: "weighed", progress: 40 };
    const view = [seen, unknown].reduce((view, told) => {
      const frame = readFrame(JSON.stringify(told));
      return frame ? hear(view, { type: "frame", frame }) : view;
    }, unheard);
    expect(view).toEqual({ ...unheard, seq: 2, stage: "vision", status: "started", progress: 40 });
  });
});

describe("how a scan stands", () => {
  it("is nothing before anybody listens, and its result in the end", async () => {
    const { fetch, requests } = recordRequests();
    const store = scanStore(buildClient({ fetch }), { userInput: words });
    expect(store.getState()).toMatchObject({ phase: "idle", jobId: null });
    expect(requests).toEqual([]);
    const { jobId, view } = await until(store, "ended");
    expect(view).toMatchObject({
      progress: 100,
      classification: { middle_category: "무색페트병" },
      answer: { insufficiencies: [] },
      result: { task_id: jobId, reward: { name: "페티" } },
    });
  });

  it("is the same of a scan that was submitted before, by its id or with its address", async () => {
    const client = buildClient();
    const { jobId, streamUrl } = await client.submit({ userInput: words });
    const { view } = await shown(client, jobId);
    expect((await shown(client, { jobId, streamUrl })).view).toEqual(view);
  });

  it("is one scan when who listened left and came back before it was accepted", async () => {
    const { fetch, requests } = recordRequests();
    const client = buildClient({ fetch });
    const store = scanStore(client, { userInput: words });
    store.subscribe(() => {})();
    const { jobId } = await until(store, "ended");
    const keys = posts(requests).map(({ headers }) => headers.get("idempotency-key"));
    expect(new Set(keys).size).toBe(1);
    await expect.poll(async () => (await client.history()).items.length).toBe(1);
    expect((await client.history()).items[0]?.job_id).toBe(jobId);
  });

  it("goes on after the last event for who comes back later", async () => {
    const { fetch, requests } = recordRequests();
    const client = buildClient({ fetch });
    const store = scanStore(client, { userInput: words });
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = store.subscribe(() => {
      if (store.getState().view.seq >= 0) resolve();
    });
    await promise;
    leave();
    const { seq } = store.getState().view;
    await until(store, "ended");
    const streams = requests.filter(({ url }) => url.includes("/events"));
    expect(new URL(streams.at(-1)?.url ?? "").searchParams.get("after")).toBe(String(seq));
  });

  it("is one scan however often the same is submitted while it runs, and another one after", async () => {
    const { fetch, requests } = recordRequests();
    const store = scanStore(buildClient({ fetch }));
    const listening = until(store, "ended");
    store.submit({ userInput: words });
    store.submit({ userInput: words });
    const { jobId } = await listening;
    expect(posts(requests)).toHaveLength(1);
    store.submit({ userInput: words });
    expect((await until(store, "ended")).jobId).not.toBe(jobId);
  });

  it("is refused with its error, and submitted again under the same key", async () => {
    const { fetch, requests } = recordRequests((request, number) =>
      request.method === "POST" && number === 1 ? buildProblem(401, "UNAUTHORIZED") : null,
    );
    const store = scanStore(buildClient({ fetch }), { userInput: words });
    const { error } = await until(store, "refused");
    expect(error).toMatchObject({ status: 401, code: "UNAUTHORIZED" });
    store.submit({ userInput: words });
    expect(await until(store, "ended")).toMatchObject({ error: null });
    const keys = posts(requests).map(({ headers }) => headers.get("idempotency-key"));
    expect(new Set(keys).size).toBe(1);
  });

  it("is gone when there is no such scan", async () => {
    const store = scanStore(buildClient(), crypto.randomUUID());
    expect((await until(store, "gone")).view.result).toBeNull();
  });

  it("is cancelled, even when it was not accepted yet", async () => {
    const { fetch, requests } = recordRequests();
    const store = scanStore(buildClient({ fetch }), { userInput: words });
    const listening = until(store, "ended");
    await store.cancel();
    await listening;
    expect(requests.map(({ method }) => method)).toContain("DELETE");
  });
});

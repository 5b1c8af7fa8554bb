import { describe, expect, it } from "vitest";
import {
  type Client,
  reduce,
  readFrame,
  scanStore,
  type ScanStore,
  type ScanTarget,
  initialView,
} from "../../client/src/eco2-edge-client.ts";
import { buildClient, buildProblem, recordRequests } from "../support/client-builders.ts";

const words = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
const posts = (requests: Request[]) => requests.filter(({ method }) => method === "POST");

/** Subscribes until the store is in a phase. */
async function until(store: ScanStore, phase: ReturnType<ScanStore["getState"]>["phase"]) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => store.getState().phase === phase && resolve();
  const leave = store.subscribe(look);
  look();
  await promise;
  leave();
  return store.getState();
}

const endOf = (client: Client, target: ScanTarget) => until(scanStore(client, target), "ended");

describe("reduce", () => {
  it("advances only seq and progress when a newer server sends an unknown stage", () => {
    const seen = { job_id: "j", ts: "", seq: 1, stage: "vision", status: "started", progress: 0 };
    const unknown = { ...seen, seq: 2, stage: "packing", status: "weighed", progress: 40 };
    const view = [seen, unknown].reduce((view, event) => {
      const frame = readFrame(JSON.stringify(event));
      return frame ? reduce(view, { type: "frame", frame }) : view;
    }, initialView);
    expect(view).toEqual({
      ...initialView,
      seq: 2,
      stage: "vision",
      status: "started",
      progress: 40,
    });
  });
});

describe("scanStore", () => {
  it("submits nothing without a listener, and has the result when the scan ends", async () => {
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

  it("shows the same view of a submitted scan by its id and by its stream URL", async () => {
    const client = buildClient();
    const { jobId, streamUrl } = await client.submit({ userInput: words });
    const { view } = await endOf(client, jobId);
    expect((await endOf(client, { jobId, streamUrl })).view).toEqual(view);
  });

  it("submits one scan when the listener unsubscribes and returns before it is accepted", async () => {
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

  it("resumes after the last event when a listener returns", async () => {
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

  it("submits the same input once while it runs, and anew after its end", async () => {
    const { fetch, requests } = recordRequests();
    const store = scanStore(buildClient({ fetch }));
    const ended = until(store, "ended");
    store.submit({ userInput: words });
    store.submit({ userInput: words });
    const { jobId } = await ended;
    expect(posts(requests)).toHaveLength(1);
    store.submit({ userInput: words });
    expect((await until(store, "ended")).jobId).not.toBe(jobId);
  });

  it("keeps the idempotency key when a refused scan is submitted again", async () => {
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

  it("is not_found when the server has no such scan", async () => {
    const store = scanStore(buildClient(), crypto.randomUUID());
    expect((await until(store, "not_found")).view.result).toBeNull();
  });

  it("cancels a scan that is not accepted yet", async () => {
    const { fetch, requests } = recordRequests();
    const store = scanStore(buildClient({ fetch }), { userInput: words });
    const ended = until(store, "ended");
    await store.cancel();
    await ended;
    expect(requests.map(({ method }) => method)).toContain("DELETE");
  });
});

import { describe, expect, it } from "vitest";
import type { EventFrame } from "../../src/pipeline/frames.ts";
import { type ScanState, scanStore } from "../../client/src/eco2-edge-client.ts";
import {
  buildClient,
  buildProblem,
  recordRequests,
  sseResponse,
} from "../support/client-builders.ts";
import { confirmedAs, photoSeen, runOf } from "../support/photo-run.ts";

const seen = photoSeen({ 유리병: 0.62, 무색페트병: 0.31, 금속류: 0.04 }, "choice");
const first = runOf(seen);
const second = runOf(confirmedAs(seen, "무색페트병"));
const pet = { middleCategory: "무색페트병" };

const stream = (frames: EventFrame[]) =>
  sseResponse(...frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`));
const accept = () =>
  Response.json(
    {
      job_id: "j",
      stream_url: "/api/v1/scan/j/events?token=new",
      result_url: "/",
      status: "queued",
    },
    { status: 202 },
  );
const submitted = { jobId: "j", streamUrl: "/api/v1/scan/j/events?token=old" };

/** A store of the scan, which has asked, with its states; `answer` gets the requests to confirm. */
async function askedStore(
  answer: (request: Request) => Response | Promise<Response>,
  following: EventFrame[] = second,
) {
  const streams = [first, following];
  const { fetch, requests } = recordRequests((request) =>
    request.method === "POST" ? answer(request) : stream(streams.shift() ?? []),
  );
  const store = scanStore(buildClient({ fetch }), submitted);
  const states: ScanState[] = [];
  const unsubscribe = store.subscribe(() => states.push(store.getState()));
  const until = (wanted: (state: ScanState) => boolean) =>
    expect.poll(() => wanted(store.getState()), { timeout: 5_000 }).toBe(true);
  await until(({ phase }) => phase === "ended");
  states.length = 0;
  return { store, states, requests, until, unsubscribe };
}

const confirmed = ({ phase, view }: ScanState) =>
  phase === "ended" && view.certainty?.confirmed_by !== null;
const posts = (requests: Request[]) => requests.filter(({ method }) => method === "POST");

describe("a scan that asks", () => {
  it("has its candidates and its result", async () => {
    const { store } = await askedStore(accept);
    expect(store.getState().view).toMatchObject({
      certainty: { asks: "choice", confidence: 0.62, confirmed_by: null },
      classification: { middle_category: "유리병" },
      result: { status: "completed" },
    });
  });

  it("goes on from its last event to the result of the choice", async () => {
    const { store, states, requests, until } = await askedStore(accept);
    await store.confirm(pet);
    await until(confirmed);
    expect(await posts(requests)[0]?.json()).toEqual({ middle_category: "무색페트병" });
    const { pathname, searchParams } = new URL(requests.at(-1)?.url ?? "");
    expect(pathname).toBe("/api/v1/scan/j/events");
    expect(Object.fromEntries(searchParams)).toEqual({ token: "new", after: "4" });
    expect(states.map(({ phase }) => phase)).toEqual(
      expect.arrayContaining(["confirming", "following", "ended"]),
    );
    const running = states.find(({ view }) => view.status === "confirmed");
    expect(running?.view).toMatchObject({ progress: 25, rule: null, answer: null, result: null });
    expect(store.getState().view).toMatchObject({
      seq: 8,
      certainty: { asks: null, confirmed_by: "category" },
      classification: { middle_category: "무색페트병" },
      answer: { user_answer: "무색페트병, 이렇게 버려 주세요." },
    });
  });

  it("sends words as they are", async () => {
    const { store, requests } = await askedStore(accept);
    await store.confirm({ words: "투명한 생수병" });
    expect(await posts(requests)[0]?.json()).toEqual({ words: "투명한 생수병" });
  });

  it("sends one choice when it is confirmed twice, and none after it was confirmed", async () => {
    const { store, requests, until } = await askedStore(accept);
    await Promise.all([store.confirm(pet), store.confirm({ middleCategory: "유리병" })]);
    await until(confirmed);
    await store.confirm(pet);
    expect(posts(requests)).toHaveLength(1);
    expect(store.getState().phase).toBe("ended");
  });

  it("ignores events before its cursor when the server sends them again", async () => {
    const { states, store, until } = await askedStore(accept, [...first, ...second]);
    await store.confirm(pet);
    await until(confirmed);
    const seqs = states.map(({ view }) => view.seq);
    expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
    expect(seqs[0]).toBe(4);
  });

  it.each([
    ["has expired", 404, "RESULT_NOT_FOUND", "not_found"],
    ["does not know the words", 422, "NOT_RECOGNISED", "ended"],
    ["asks nothing", 409, "NOTHING_TO_CONFIRM", "ended"],
  ])("keeps its result and has the error when it %s", async (_, status, code, phase) => {
    const { store } = await askedStore(() => buildProblem(status, code));
    const { view } = store.getState();
    await store.confirm({ words: "우주선" });
    expect(store.getState()).toMatchObject({ phase, error: { status, code } });
    expect(store.getState().view).toBe(view);
  });

  it("can be confirmed again after a failed request", async () => {
    const answers = [() => buildProblem(500, "INTERNAL_ERROR"), accept];
    const { store, until } = await askedStore(() => answers.shift()?.() ?? accept());
    await store.confirm(pet);
    expect(store.getState()).toMatchObject({ phase: "ended", error: { status: 500 } });
    await store.confirm(pet);
    await until(confirmed);
    expect(store.getState().error).toBeNull();
  });

  it("goes on with the other choice when it was confirmed elsewhere", async () => {
    const { store, until } = await askedStore(() => buildProblem(409, "ALREADY_CONFIRMED"));
    await store.confirm({ middleCategory: "유리병" });
    await until(confirmed);
    expect(store.getState().view.classification?.middle_category).toBe("무색페트병");
  });

  it("does not read its stream again while the choice is sent and nobody listens", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const { store, requests, until, unsubscribe } = await askedStore(() => promise);
    const confirming = store.confirm(pet);
    unsubscribe();
    store.subscribe(() => {});
    await until(({ phase }) => phase === "confirming");
    expect(requests.filter(({ method }) => method === "GET")).toHaveLength(1);
    resolve(accept());
    await confirming;
    await until(confirmed);
  });

  it("drops the answer to a choice when another scan was submitted meanwhile", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const { store } = await askedStore((request) =>
      request.url.endsWith("/confirm") ? promise : buildProblem(401, "UNAUTHORIZED"),
    );
    const confirming = store.confirm(pet);
    store.submit({ userInput: "캔" });
    resolve(accept());
    await confirming;
    expect(["submitting", "refused"]).toContain(store.getState().phase);
    expect(store.getState().jobId).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { ApiError, type Frame, outputOf } from "../../client/src/index.ts";
import {
  buildClient,
  collectAll,
  buildProblem,
  recordRequests,
  sseResponse,
} from "../support/client-builders.ts";

const words = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
const events = (frames: Frame[]) => frames.filter((frame) => frame.status !== "delta");
const seqs = (frames: Frame[]) => frames.flatMap((it) => (it.status === "delta" ? [] : [it.seq]));

describe("a scan, through the running Worker", () => {
  it("is submitted and followed to its end: each event once and in order, the result with the last", async () => {
    const client = buildClient();
    const frames = await collectAll(client.scan({ userInput: words }));
    expect(seqs(frames)).toEqual(Array.from(events(frames), (_, seq) => seq));
    expect(frames[0]).toMatchObject({ stage: "queued", status: "started", progress: 0 });
    const vision = frames.find((frame) => outputOf(frame, "vision"));
    expect(vision && outputOf(vision, "vision")?.classification.middle_category).toBe("무색페트병");
    const last = frames.at(-1);
    const result = last && outputOf(last, "done");
    expect(result).toMatchObject({ status: "completed", reward: { name: "페티" } });
    expect(await client.result(last?.job_id ?? "")).toEqual(result);
  });

  it("is found again by its id alone, from any event on", async () => {
    const client = buildClient();
    const frames = await collectAll(client.scan({ userInput: words }));
    const jobId = frames[0]?.job_id ?? "";
    expect(await collectAll(client.follow({ jobId }))).toEqual(events(frames));
    expect(await collectAll(client.follow({ jobId, after: 3 }))).toEqual(events(frames).slice(4));
  });

  it("is one scan under one key, whoever lost the answer", async () => {
    const client = buildClient();
    const idempotencyKey = crypto.randomUUID();
    const first = await client.submit({ userInput: words }, { idempotencyKey });
    const second = await client.submit({ userInput: words }, { idempotencyKey });
    expect(second.jobId).toBe(first.jobId);
    expect(first).toMatchObject({
      streamUrl: expect.stringContaining("/events?token="),
      resultUrl: `/api/v1/scan/${first.jobId}/result`,
      traceparent: expect.stringMatching(/^00-/),
    });
    await expect(
      client.submit({ userInput: "깨진 유리컵" }, { idempotencyKey }),
    ).rejects.toMatchObject({ status: 422, code: "IDEMPOTENCY_KEY_REUSED" });
  });

  it("takes all that the API takes, and leaves out what is empty", async () => {
    const { fetch, requests } = recordRequests();
    const client = buildClient({ fetch });
    const { jobId } = await client.submit({
      userInput: "안 쓰는 소파",
      region: "서울특별시 강남구",
      model: "offline",
      imageUrl: "",
      reuse: false,
    });
    expect(await requests[0]?.json()).toEqual({
      user_input: "안 쓰는 소파",
      region: "서울특별시 강남구",
      model: "offline",
      reuse: false,
    });
    const frames = await collectAll(client.follow({ jobId }));
    const rule = frames.map((frame) => outputOf(frame, "rule")).find(Boolean);
    expect(rule?.region).toMatchObject({ applied: "서울특별시 강남구" });
  });

  it("tells how it stands, and why it waits", async () => {
    const client = buildClient();
    const { jobId } = await client.submit({ userInput: words });
    const snapshot = await client.snapshot(jobId);
    expect(snapshot).toMatchObject({ job_id: jobId, model: "offline" });
    expect(snapshot.stages.map(({ stage }) => stage)).toEqual([
      "vision",
      "rule",
      "answer",
      "reward",
    ]);
    const result = await client.result(jobId);
    if (result.status === "processing") expect(result.progress).toBeLessThan(100);
    await collectAll(client.follow({ jobId }));
    expect(await client.result(jobId)).toMatchObject({ task_id: jobId, status: "completed" });
  });

  it("is cancelled, and says so as any end", async () => {
    const client = buildClient();
    const { jobId } = await client.submit({ userInput: words });
    const cancelled = await client.cancel(jobId);
    const frames = await collectAll(client.follow({ jobId }));
    expect(frames.at(-1)?.stage).toBe("done");
    const result = await client.result(jobId);
    // It may have ended before.
    expect(["cancelled", "completed"]).toContain(result.status);
    expect(cancelled.status).toBe(result.status);
  });

  it("is nobody else's: another user hears that there is none", async () => {
    const { jobId } = await buildClient().submit({ userInput: words });
    const other = buildClient();
    const none = { status: 404, code: "RESULT_NOT_FOUND" };
    await expect(other.snapshot(jobId)).rejects.toMatchObject(none);
    await expect(other.cancel(jobId)).rejects.toMatchObject(none);
    await expect(collectAll(other.follow({ jobId }))).rejects.toMatchObject(none);
    expect(await collectAll(other.news({ jobId }))).toEqual([{ type: "gone" }]);
  });
});

describe("a scan whose stream is not what it should be", () => {
  const frame = (seq: number, more: object = {}) =>
    `data: ${JSON.stringify({ job_id: "j", ts: "", seq, stage: "vision", status: "started", progress: 0, ...more })}\n\n`;
  const done = (seq: number) => frame(seq, { stage: "done", status: "completed", progress: 100 });

  /** Plays these streams, one a connection, and gives what came of them and where each began. */
  async function played(...streams: string[][]) {
    let played = 0;
    const { fetch, requests } = recordRequests((request) =>
      request.url.includes("/events")
        ? sseResponse(...(streams[played++] ?? []))
        : Response.json({ stream_url: "/api/v1/scan/j/events?token=t" }),
    );
    const frames = await collectAll(
      buildClient({ fetch }).follow({ jobId: "j", streamUrl: "/api/v1/scan/j/events?token=t" }),
    );
    const began = requests
      .filter(({ url }) => url.includes("/events"))
      .map(({ url }) => Number(new URL(url).searchParams.get("after")));
    return { frames, began };
  }

  it("goes on after the last whole event when it is cut in the middle of one", async () => {
    const whole = frame(2);
    const { frames, began } = await played(
      [frame(0), frame(1), whole.slice(0, whole.length / 2)],
      [whole.slice(0, -1)],
      [frame(1), whole, done(3)],
    );
    expect(seqs(frames)).toEqual([0, 1, 2, 3]);
    expect(began).toEqual([-1, 1, 1]);
  });

  it("reads what comes byte by byte, in the middle of a Korean letter too", async () => {
    const text = frame(0, { error: { code: "X", message: "잠시만요" } });
    const bytes = new TextEncoder().encode(text + done(1));
    const { fetch } = recordRequests(
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
              controller.close();
            },
          }),
          { headers: { "content-type": "text/event-stream" } },
        ),
    );
    const frames = await collectAll(
      buildClient({ fetch }).follow({ jobId: "j", streamUrl: "/events" }),
    );
    expect(frames[0]).toMatchObject({ error: { message: "잠시만요" } });
    expect(frames).toHaveLength(2);
  });

  it("leaves out what is no frame, and hands on what a newer server says", async () => {
    const { frames } = await played([
      ": keepalive\n\n",
      frame(0),
      "data: not json\n\n",
      "data: null\n\n",
      `event: weather\ndata: {"stage":"weather"}\n\n`,
      frame(1, { stage: "packing", status: "weighed", grams: 12 }),
      done(2),
    ]);
    expect(seqs(frames)).toEqual([0, 1, 2]);
    expect(frames[1]).toMatchObject({ stage: "packing", status: "weighed", grams: 12 });
  });

  it("asks once more for an event that it could not read, and then does without", async () => {
    const { frames, began } = await played(
      [frame(0), "data: {garbled\n\n", frame(2)],
      ["data: {garbled\n\n", frame(2), done(3)],
    );
    expect(seqs(frames)).toEqual([0, 2, 3]);
    expect(began).toEqual([-1, 0]);
  });

  it("hands on generated text as it comes", async () => {
    const text = (offset: number, text: string) =>
      `data: ${JSON.stringify({ job_id: "j", ts: "", stage: "answer", status: "delta", progress: 50, result: { offset, text } })}\n\n`;
    const { frames } = await played([frame(0), text(0, "헹궈"), text(2, "요."), done(1)]);
    expect(frames.map((it) => (it.status === "delta" ? it.result.text : it.seq))).toEqual([
      0,
      "헹궈",
      "요.",
      1,
    ]);
  });

  it("asks for a new address when the old one does not open any more", async () => {
    const { fetch, requests } = recordRequests((request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (!pathname.endsWith("/events")) return Response.json({ stream_url: "/events?token=new" });
      return searchParams.get("token") === "new"
        ? sseResponse(done(0))
        : buildProblem(401, "UNAUTHORIZED");
    });
    const client = buildClient({ fetch });
    const frames = await collectAll(client.follow({ jobId: "j", streamUrl: "/events?token=old" }));
    expect(frames).toHaveLength(1);
    expect(requests.map(({ url }) => new URL(url).pathname)).toEqual([
      "/events",
      "/api/v1/scan/j",
      "/events",
    ]);
  });

  it("gives up where it may not be followed, and says why", async () => {
    const { fetch } = recordRequests(() => buildProblem(401, "UNAUTHORIZED"));
    const following = collectAll(
      buildClient({ fetch }).follow({ jobId: "j", streamUrl: "/events" }),
    );
    await expect(following).rejects.toBeInstanceOf(ApiError);
    await expect(following).rejects.toMatchObject({ status: 401, code: "UNAUTHORIZED" });
  });

  it("says who is asking to the API alone, wherever a stream is", async () => {
    const { fetch, requests } = recordRequests(() => sseResponse(done(0)));
    const client = buildClient({ fetch, token: "secret" });
    await collectAll(client.follow({ jobId: "j", streamUrl: "https://elsewhere.example/events" }));
    await collectAll(client.follow({ jobId: "j", streamUrl: "/events" }));
    expect(requests.map(({ headers }) => headers.get("authorization"))).toEqual([
      null,
      "Bearer secret",
    ]);
    expect(requests.every(({ url }) => !url.includes("secret"))).toBe(true);
  });
});

describe("leaving a scan", () => {
  it("rejects with the signal's reason, and hangs up", async () => {
    let cancelled = false;
    const { fetch } = recordRequests(
      () =>
        new Response(
          new ReadableStream({
            cancel() {
              cancelled = true;
            },
          }),
          { headers: { "content-type": "text/event-stream" } },
        ),
    );
    const leaving = new AbortController();
    const following = collectAll(
      buildClient({ fetch }).follow({ jobId: "j", streamUrl: "/events", signal: leaving.signal }),
    );
    const reason = new Error("left");
    setTimeout(() => leaving.abort(reason), 20);
    await expect(following).rejects.toBe(reason);
    await expect.poll(() => cancelled).toBe(true);
  });

  it("does not even begin when the signal has aborted", async () => {
    const { fetch, requests } = recordRequests();
    const signal = AbortSignal.abort(new Error("left"));
    const client = buildClient({ fetch });
    await expect(collectAll(client.scan({ userInput: words }, { signal }))).rejects.toThrow("left");
    await expect(client.models({ signal })).rejects.toThrow("left");
    expect(requests).toEqual([]);
  });

  it("is a break out of the loop, too", async () => {
    const client = buildClient();
    for await (const frame of client.scan({ userInput: words })) {
      expect(frame.stage).toBe("queued");
      break;
    }
    expect.assertions(1);
  });
});

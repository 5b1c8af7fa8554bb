import { describe, expect, it } from "vitest";
import { ApiError, type Frame, outputOf } from "../../client/src/eco2-edge-client.ts";
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

describe("a scan through the Worker", () => {
  it("yields each event once and in order, and the result with the last one", async () => {
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

  it("follows a submitted scan by its id, from any event on", async () => {
    const client = buildClient();
    const frames = await collectAll(client.scan({ userInput: words }));
    const jobId = frames[0]?.job_id ?? "";
    expect(await collectAll(client.follow({ jobId }))).toEqual(events(frames));
    expect(await collectAll(client.follow({ jobId, after: 3 }))).toEqual(events(frames).slice(4));
  });

  it("answers the same scan when the idempotency key is the same", async () => {
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

  it("sends every field of the API, and leaves out empty ones", async () => {
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

  it("answers the snapshot, the progress and the result", async () => {
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

  it("ends with done when it is cancelled", async () => {
    const client = buildClient();
    const { jobId } = await client.submit({ userInput: words });
    const cancelled = await client.cancel(jobId);
    const frames = await collectAll(client.follow({ jobId }));
    expect(frames.at(-1)?.stage).toBe("done");
    const result = await client.result(jobId);
    // The scan may complete before it is cancelled.
    expect(["cancelled", "completed"]).toContain(result.status);
    expect(cancelled.status).toBe(result.status);
  });

  it("answers 404 when another user asks for it", async () => {
    const { jobId } = await buildClient().submit({ userInput: words });
    const other = buildClient();
    const none = { status: 404, code: "RESULT_NOT_FOUND" };
    await expect(other.snapshot(jobId)).rejects.toMatchObject(none);
    await expect(other.cancel(jobId)).rejects.toMatchObject(none);
    await expect(collectAll(other.follow({ jobId }))).rejects.toMatchObject(none);
    expect(await collectAll(other.events({ jobId }))).toEqual([{ type: "not_found" }]);
  });
});

describe("a broken stream", () => {
  const frame = (seq: number, more: object = {}) =>
    `data: ${JSON.stringify({ job_id: "j", ts: "", seq, stage: "vision", status: "started", progress: 0, ...more })}\n\n`;
  const done = (seq: number) => frame(seq, { stage: "done", status: "completed", progress: 100 });

  /** Serves one of the streams per connection, and returns the frames and each connection's cursor. */
  async function followStreams(...streams: string[][]) {
    let connections = 0;
    const { fetch, requests } = recordRequests((request) =>
      request.url.includes("/events")
        ? sseResponse(...(streams[connections++] ?? []))
        : Response.json({ stream_url: "/api/v1/scan/j/events?token=t" }),
    );
    const frames = await collectAll(
      buildClient({ fetch }).follow({ jobId: "j", streamUrl: "/api/v1/scan/j/events?token=t" }),
    );
    const cursors = requests
      .filter(({ url }) => url.includes("/events"))
      .map(({ url }) => new URL(url).searchParams.get("after"));
    return { frames, cursors };
  }

  it("resumes after the last whole event when the connection breaks within one", async () => {
    const whole = frame(2);
    const { frames, cursors } = await followStreams(
      [frame(0), frame(1), whole.slice(0, whole.length / 2)],
      [whole.slice(0, -1)],
      [frame(1), whole, done(3)],
    );
    expect(seqs(frames)).toEqual([0, 1, 2, 3]);
    expect(cursors).toEqual([null, "1", "1"]);
  });

  it("decodes frames when every byte is a chunk of its own", async () => {
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

  it("skips what is no frame, and yields frames of a newer server", async () => {
    const { frames } = await followStreams([
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

  it("requests an unreadable event once more, and then skips it", async () => {
    const { frames, cursors } = await followStreams(
      [frame(0), "data: {garbled\n\n", frame(2)],
      ["data: {garbled\n\n", frame(2), done(3)],
    );
    expect(seqs(frames)).toEqual([0, 2, 3]);
    expect(cursors).toEqual([null, "0"]);
  });

  it("yields partial text in between events", async () => {
    const text = (offset: number, text: string) =>
      `data: ${JSON.stringify({ job_id: "j", ts: "", stage: "answer", status: "delta", progress: 50, result: { offset, text } })}\n\n`;
    const { frames } = await followStreams([frame(0), text(0, "헹궈"), text(2, "요."), done(1)]);
    expect(frames.map((it) => (it.status === "delta" ? it.result.text : it.seq))).toEqual([
      0,
      "헹궈",
      "요.",
      1,
    ]);
  });

  it("renews the stream URL when the old one does not open any more", async () => {
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

  it("rejects with the error when the server refuses access", async () => {
    const { fetch } = recordRequests(() => buildProblem(401, "UNAUTHORIZED"));
    const following = collectAll(
      buildClient({ fetch }).follow({ jobId: "j", streamUrl: "/events" }),
    );
    await expect(following).rejects.toBeInstanceOf(ApiError);
    await expect(following).rejects.toMatchObject({ status: 401, code: "UNAUTHORIZED" });
  });

  it("sends credentials to the API only, when a stream is on another origin", async () => {
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

describe("ending a stream", () => {
  it("rejects with the signal's reason, and closes the connection", async () => {
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
    const controller = new AbortController();
    const following = collectAll(
      buildClient({ fetch }).follow({
        jobId: "j",
        streamUrl: "/events",
        signal: controller.signal,
      }),
    );
    const reason = new Error("aborted");
    setTimeout(() => controller.abort(reason), 20);
    await expect(following).rejects.toBe(reason);
    await expect.poll(() => cancelled).toBe(true);
  });

  it("sends no request when the signal has aborted before", async () => {
    const { fetch, requests } = recordRequests();
    const signal = AbortSignal.abort(new Error("aborted"));
    const client = buildClient({ fetch });
    await expect(collectAll(client.scan({ userInput: words }, { signal }))).rejects.toThrow(
      "aborted",
    );
    await expect(client.models({ signal })).rejects.toThrow("aborted");
    expect(requests).toEqual([]);
  });

  it("ends when the loop breaks", async () => {
    const client = buildClient();
    for await (const frame of client.scan({ userInput: words })) {
      expect(frame.stage).toBe("queued");
      break;
    }
    expect.assertions(1);
  });
});

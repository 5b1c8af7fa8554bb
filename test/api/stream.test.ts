import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { app } from "../../src/api/app.ts";
import { metrics } from "../../src/metrics/metrics-buffer.ts";
import { EventFrame } from "../../src/pipeline/frames.ts";
import { submitText, callWorker, followScan, readSse } from "../support/worker-requests.ts";

afterEach(() => void vi.restoreAllMocks());

describe("the event stream", () => {
  it("streams the whole scan in order and ends; a finished one replays whole", async () => {
    const { stream_url } = await submitText("생수병");
    const live = await followScan(stream_url);
    expect(live.map(({ event, id }) => `${id} ${event}`)).toEqual([
      "0 queued",
      "1 vision",
      "2 vision",
      "3 rule",
      "4 rule",
      "5 answer",
      "6 answer",
      "7 reward",
      "8 reward",
      "9 done",
    ]);
    expect(await followScan(stream_url)).toEqual(live);
  });

  it("is SSE that is not cached and has a reconnection time", async () => {
    const { stream_url } = await submitText("생수병");
    const response = await callWorker(stream_url, { user: null });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect((await readSse(response)).text).toMatch(/^retry: 2000\n\n/);
  });

  it("goes on after any cut by Last-Event-ID or ?after=: nothing missing, nothing twice", async () => {
    const { stream_url } = await submitText("생수병");
    const whole = await followScan(stream_url);
    for (let cut = 0; cut < 9; cut++) {
      const first = await readSse(await callWorker(stream_url, { user: null }), cut + 1);
      const last = String(first.events.at(-1)?.id);
      const byHeader = await followScan(stream_url, { headers: { "last-event-id": last } });
      expect([...first.events, ...byHeader]).toEqual(whole);
      expect(await followScan(`${stream_url}&after=${last}`)).toEqual(byHeader);
    }
  });

  it("answers 204 after the last event of an ended scan, so that an EventSource stops", async () => {
    const { stream_url } = await submitText("생수병");
    const last = String((await followScan(stream_url)).at(-1)?.id);
    const headers = { "last-event-id": last };
    expect((await callWorker(stream_url, { user: null, headers })).status).toBe(204);
    expect((await callWorker(`${stream_url}&after=${last}`, { user: null })).status).toBe(204);
  });

  it("shows the class before the answer is written", async () => {
    const { stream_url } = await submitText("생수병");
    const vision = (await followScan(stream_url)).find(
      ({ frame }) => frame.stage === "vision" && frame.status === "completed",
    );
    expect(vision?.frame.result).toMatchObject({
      classification: { middle_category: "무색페트병" },
    });
  });

  it("is there on its legacy path, and for the user without the token", async () => {
    const { job_id, stream_url } = await submitText("생수병");
    const whole = await followScan(stream_url);
    expect(await followScan(`/api/v1/stream?job_id=${job_id}`, { user: "user-1" })).toEqual(whole);
    expect(await followScan(`/api/v1/scan/${job_id}/events`, { user: "user-1" })).toEqual(whole);
  });

  it("refuses a wrong token and a cursor that is none", async () => {
    const { job_id, stream_url } = await submitText("생수병");
    expect((await callWorker(`/api/v1/scan/${job_id}/events?token=guess`)).status).toBe(404);
    for (const after of ["abc", "", "-1", "1.5", "1e1"]) {
      expect((await callWorker(`${stream_url}&after=${after}`)).status, after).toBe(422);
    }
    expect((await callWorker(stream_url, { headers: { "last-event-id": "1.5" } })).status).toBe(
      422,
    );
  });
});

describe("the WebSocket", () => {
  async function open(path: string) {
    const response = await callWorker(path, { user: null, headers: { upgrade: "websocket" } });
    expect(response.status).toBe(101);
    const { webSocket } = response;
    if (!webSocket) throw new Error("No socket was opened");
    return webSocket;
  }

  function read(socket: WebSocket): Promise<EventFrame[]> {
    const frames: EventFrame[] = [];
    const { promise, resolve } = Promise.withResolvers<EventFrame[]>();
    socket.addEventListener("message", ({ data }) => {
      frames.push(EventFrame.parse(JSON.parse(String(data))));
    });
    socket.addEventListener("close", () => resolve(frames), { once: true });
    socket.accept();
    return promise;
  }

  it("sends the same frames as the event stream, and closes after done", async () => {
    const { stream_url } = await submitText("생수병");
    const frames = await read(await open(stream_url.replace("/events", "/ws")));
    expect(frames).toEqual((await followScan(stream_url)).map(({ frame }) => frame));
  });

  it("goes on after a cursor", async () => {
    const { stream_url } = await submitText("생수병");
    await followScan(stream_url);
    const frames = await read(await open(`${stream_url.replace("/events", "/ws")}&after=7`));
    expect(frames.map(({ seq }) => seq)).toEqual([8, 9]);
  });

  it("asks for an upgrade when there is none", async () => {
    const { stream_url } = await submitText("생수병");
    const response = await callWorker(stream_url.replace("/events", "/ws"));
    expect(response.status).toBe(426);
  });
});

it("writes the count of open streams before a request ends whose client has left", async () => {
  const { stream_url } = await submitText("생수병");
  const context = createExecutionContext();
  const { promise: written, resolve } = Promise.withResolvers<void>();
  const flush = vi.spyOn(metrics, "flush").mockReturnValue(written);
  const response = await app.request(`http://localhost${stream_url}`, {}, env, context);
  await response.body?.cancel();
  let ended = false;
  const end = waitOnExecutionContext(context).then(() => (ended = true));
  await scheduler.wait(0);
  expect(flush).toHaveBeenCalled();
  expect(ended).toBe(false);
  resolve();
  await end;
});

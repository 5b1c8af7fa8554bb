import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { News, Socket } from "../../client/src/index.ts";
import { socketUrlOf } from "../../client/src/transports/socket.ts";
import { buildClient, recordRequests } from "../support/client-builders.ts";

type Listener = (event: object) => void;

/** Sockets that do what a test tells them to. */
function sockets() {
  const opened: FakeSocket[] = [];
  class FakeSocket implements Socket {
    readyState = 0;
    readonly sent: string[] = [];
    readonly listeners: [string, Listener][] = [];
    readonly url: string;
    constructor(url: string) {
      this.url = url;
      opened.push(this);
    }
    send = (text: string) => void this.sent.push(text);
    close = () => this.tell("close");
    addEventListener = (type: string, listener: Listener) =>
      void this.listeners.push([type, listener]);
    tell(type: string, event: object = {}) {
      this.readyState = type === "open" ? 1 : type === "close" ? 3 : this.readyState;
      for (const [told, listener] of this.listeners) if (told === type) listener(event);
    }
  }
  return { FakeSocket, opened };
}

const event = (seq: number, stage = "queued") =>
  JSON.stringify({ job_id: "j", ts: "", seq, stage, status: "completed", progress: 0 });
const scan = { jobId: "j", streamUrl: "/api/v1/scan/j/events?token=t" };

/** Writes down what is heard. */
function heard(news: AsyncIterable<News>): News["type"][] {
  const types: News["type"][] = [];
  void (async () => {
    for await (const { type } of news) types.push(type);
  })();
  return types;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a socket", () => {
  it("is given up when it does not answer any more, and another one goes on", async () => {
    const { FakeSocket, opened } = sockets();
    const client = buildClient({ WebSocket: FakeSocket });
    const types = heard(client.news(scan));
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    opened[0]?.tell("open");
    opened[0]?.tell("message", { data: event(0) });
    await vi.advanceTimersByTimeAsync(15_000);
    opened[0]?.tell("message", { data: "pong" });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(opened[0]?.sent).toEqual(["ping", "ping"]);
    expect(types).toEqual(["connected", "frame"]);
    await vi.advanceTimersByTimeAsync(15_500);
    expect(types).toEqual(["connected", "frame", "lost"]);
    expect(opened[1]?.url).toBe("ws://localhost/api/v1/scan/j/ws?token=t&after=0");
    opened[1]?.tell("open");
    opened[1]?.tell("message", { data: event(1, "done") });
    await vi.waitFor(() => expect(types.slice(3)).toEqual(["connected", "frame"]));
    expect(opened[1]?.readyState).toBe(3);
  });

  it("is given up when it has not opened within 5 s, and another one is tried", async () => {
    const { FakeSocket, opened } = sockets();
    const { fetch } = recordRequests(() => Response.json({ stream_url: scan.streamUrl }));
    const types = heard(buildClient({ fetch, WebSocket: FakeSocket }).news(scan));
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(4_500);
    expect(types).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    expect(types).toEqual(["lost"]);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    opened[1]?.tell("open");
    opened[1]?.tell("message", { data: event(0, "done") });
    await vi.waitFor(() => expect(types.slice(1)).toEqual(["connected", "frame"]));
  });

  it("gives way to the event stream after the second one that does not open", async () => {
    const { FakeSocket, opened } = sockets();
    const { fetch, requests } = recordRequests((request) =>
      request.url.includes("/events")
        ? new Response(`data: ${event(0, "done")}\n\n`, {
            headers: { "content-type": "text/event-stream" },
          })
        : Response.json({ stream_url: scan.streamUrl }),
    );
    const types = heard(buildClient({ fetch, WebSocket: FakeSocket }).news(scan));
    for (const number of [1, 2]) {
      await vi.waitFor(() => expect(opened).toHaveLength(number));
      opened.at(-1)?.tell("error");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.waitFor(() => expect(types).toEqual(["lost", "lost", "connected", "frame"]));
    expect(opened).toHaveLength(2);
    expect(requests.filter(({ url }) => url.includes("/events"))).toHaveLength(1);
  });

  it("is opened where the stream is, under the same key", () => {
    const url = new URL("https://api.example/api/v1/scan/j/events?token=t");
    expect(socketUrlOf(url).href).toBe("wss://api.example/api/v1/scan/j/ws?token=t");
  });
});

describe("an event stream", () => {
  it("is given up when nothing is heard of it any more", async () => {
    let keepalive = () => {};
    const { fetch, requests } = recordRequests(
      () =>
        new Response(
          new ReadableStream({
            start(controller) {
              keepalive = () => controller.enqueue(new TextEncoder().encode(": keepalive\n\n"));
            },
          }),
          { headers: { "content-type": "text/event-stream" } },
        ),
    );
    const leaving = new AbortController();
    const types = heard(buildClient({ fetch }).news(scan, { signal: leaving.signal }));
    await vi.waitFor(() => expect(types).toEqual(["connected"]));
    await vi.advanceTimersByTimeAsync(40_000);
    keepalive();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(types).toEqual(["connected"]);
    await vi.advanceTimersByTimeAsync(6_000);
    await vi.waitFor(() => expect(types).toEqual(["connected", "lost", "connected"]));
    expect(requests).toHaveLength(2);
    leaving.abort();
  });

  it("is left alone as long as the server asks for", async () => {
    const { fetch, requests } = recordRequests(
      () =>
        new Response(`data: ${event(0)}\n\nretry: 30000\n\n`, {
          headers: { "content-type": "text/event-stream" },
        }),
    );
    const leaving = new AbortController();
    const types = heard(buildClient({ fetch }).news(scan, { signal: leaving.signal }));
    await vi.waitFor(() => expect(types).toEqual(["connected", "frame", "lost"]));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(requests).toHaveLength(2);
    leaving.abort();
  });
});

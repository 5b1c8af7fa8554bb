import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StreamEvent, Socket } from "../../client/src/eco2-edge-client.ts";
import { socketUrlOf } from "../../client/src/transports/websocket-transport.ts";
import { buildClient, recordRequests } from "../support/client-builders.ts";

type Listener = (event: object) => void;

/** A WebSocket class whose events the test dispatches. */
function fakeSockets() {
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
    close = () => this.dispatch("close");
    addEventListener = (type: string, listener: Listener) =>
      void this.listeners.push([type, listener]);
    dispatch(type: string, event: object = {}) {
      this.readyState = type === "open" ? 1 : type === "close" ? 3 : this.readyState;
      for (const [name, listener] of this.listeners) if (name === type) listener(event);
    }
  }
  return { FakeSocket, opened };
}

const event = (seq: number, stage = "queued") =>
  JSON.stringify({ job_id: "j", ts: "", seq, stage, status: "completed", progress: 0 });
const scan = { jobId: "j", streamUrl: "/api/v1/scan/j/events?token=t" };

/** Collects the types of events as they arrive. */
function collectTypes(events: AsyncIterable<StreamEvent>): StreamEvent["type"][] {
  const types: StreamEvent["type"][] = [];
  void (async () => {
    for await (const { type } of events) types.push(type);
  })();
  return types;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("webSocketTransport", () => {
  it("reconnects after the last event when the heartbeat gets no answer", async () => {
    const { FakeSocket, opened } = fakeSockets();
    const client = buildClient({ WebSocket: FakeSocket });
    const types = collectTypes(client.events(scan));
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    opened[0]?.dispatch("open");
    opened[0]?.dispatch("message", { data: event(0) });
    await vi.advanceTimersByTimeAsync(15_000);
    opened[0]?.dispatch("message", { data: "pong" });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(opened[0]?.sent).toEqual(["ping", "ping"]);
    expect(types).toEqual(["connected", "frame"]);
    await vi.advanceTimersByTimeAsync(15_500);
    expect(types).toEqual(["connected", "frame", "disconnected"]);
    expect(opened[1]?.url).toBe("ws://localhost/api/v1/scan/j/ws?token=t&after=0");
    opened[1]?.dispatch("open");
    opened[1]?.dispatch("message", { data: event(1, "done") });
    await vi.waitFor(() => expect(types.slice(3)).toEqual(["connected", "frame"]));
    expect(opened[1]?.readyState).toBe(3);
  });

  it("opens another socket when one has not opened within 5 s", async () => {
    const { FakeSocket, opened } = fakeSockets();
    const { fetch } = recordRequests(() => Response.json({ stream_url: scan.streamUrl }));
    const types = collectTypes(buildClient({ fetch, WebSocket: FakeSocket }).events(scan));
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    await vi.advanceTimersByTimeAsync(4_500);
    expect(types).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    expect(types).toEqual(["disconnected"]);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitFor(() => expect(opened).toHaveLength(2));
    opened[1]?.dispatch("open");
    opened[1]?.dispatch("message", { data: event(0, "done") });
    await vi.waitFor(() => expect(types.slice(1)).toEqual(["connected", "frame"]));
  });

  it("falls back to server-sent events when two sockets do not open", async () => {
    const { FakeSocket, opened } = fakeSockets();
    const { fetch, requests } = recordRequests((request) =>
      request.url.includes("/events")
        ? new Response(`data: ${event(0, "done")}\n\n`, {
            headers: { "content-type": "text/event-stream" },
          })
        : Response.json({ stream_url: scan.streamUrl }),
    );
    const types = collectTypes(buildClient({ fetch, WebSocket: FakeSocket }).events(scan));
    for (const number of [1, 2]) {
      await vi.waitFor(() => expect(opened).toHaveLength(number));
      opened.at(-1)?.dispatch("error");
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await vi.waitFor(() =>
      expect(types).toEqual(["disconnected", "disconnected", "connected", "frame"]),
    );
    expect(opened).toHaveLength(2);
    expect(requests.filter(({ url }) => url.includes("/events"))).toHaveLength(1);
  });

  it("derives its URL from the stream URL, with the same token", () => {
    const url = new URL("https://api.example/api/v1/scan/j/events?token=t");
    expect(socketUrlOf(url).href).toBe("wss://api.example/api/v1/scan/j/ws?token=t");
  });
});

describe("sseTransport", () => {
  it("reconnects when the stream is silent for 45 s", async () => {
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
    const controller = new AbortController();
    const types = collectTypes(buildClient({ fetch }).events(scan, { signal: controller.signal }));
    await vi.waitFor(() => expect(types).toEqual(["connected"]));
    await vi.advanceTimersByTimeAsync(40_000);
    keepalive();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(types).toEqual(["connected"]);
    await vi.advanceTimersByTimeAsync(6_000);
    await vi.waitFor(() => expect(types).toEqual(["connected", "disconnected", "connected"]));
    expect(requests).toHaveLength(2);
    controller.abort();
  });

  it("waits as long as the server asks before it reconnects", async () => {
    const { fetch, requests } = recordRequests(
      () =>
        new Response(`data: ${event(0)}\n\nretry: 30000\n\n`, {
          headers: { "content-type": "text/event-stream" },
        }),
    );
    const controller = new AbortController();
    const types = collectTypes(buildClient({ fetch }).events(scan, { signal: controller.signal }));
    await vi.waitFor(() => expect(types).toEqual(["connected", "frame", "disconnected"]));
    await vi.advanceTimersByTimeAsync(29_000);
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(requests).toHaveLength(2);
    controller.abort();
  });
});

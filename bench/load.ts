/**
 * A load client: `node bench/load.ts BASE COUNT CLIENTS` submits that many scans, each client one at
 * a time, follows every event stream to `done`, and prints one line of JSON. Times are ms.
 */
import { Agent, type IncomingMessage, request } from "node:http";
import { z } from "zod";
import { timesOf } from "./statistics.ts";

const [base = "", count = "", clients = ""] = process.argv.slice(2);
const total = Number(count);
const agent = new Agent({ keepAlive: true, maxSockets: Number(clients) * 2 });

const Accepted = z.object({ stream_url: z.string() });
/** The fields that are read of a frame of ours. */
const Frame = z.object({ ts: z.iso.datetime(), stage: z.string(), status: z.string() });
type Frame = z.infer<typeof Frame>;

function call(user: string, method: string, path: string, body?: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { "content-type": "application/json", "x-user-id": user };
  request(new URL(path, base), { method, agent, headers }, resolve).on("error", reject).end(body);
  return promise;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of response) text += String(part);
  return text;
}

const accepted: number[] = [];
const done: number[] = [];
/** From the end of what came before a stage to its start: a hop over a queue. */
const hops: Record<string, number[]> = { vision: [], answer: [] };
/** From an event's commit to this client, on one clock. */
const frameLatencies: number[] = [];
const streams: { user: string; url: string }[] = [];

/** One scan from its submit to the event that ends it. */
async function scan(user: string, number: number): Promise<void> {
  const startedAt = performance.now();
  // No photo by URL: who looks at one fetches it, and the machine may have no network.
  const body = { user_input: `라벨 뗀 투명 페트병 {${number}}` };
  const response = await call(user, "POST", "/api/v1/scan", JSON.stringify(body));
  const text = await textOf(response);
  if ((response.statusCode ?? 500) >= 300)
    throw new Error(`submit answered ${response.statusCode}: ${text}`);
  const acceptedAt = performance.now();
  const { stream_url: url } = Accepted.parse(JSON.parse(text));
  const stream = await call(user, "GET", url);
  const followed = await follow(stream);
  if (!followed) throw new Error(`the stream answered ${stream.statusCode} and ended without done`);
  accepted.push(acceptedAt - startedAt);
  done.push(followed.doneAt - startedAt);
  countHops(followed.frames);
  streams.push({ user, url });
}

/** Follows a stream to its end, so that its connection is used again; null when it has no `done`. */
async function follow(
  stream: IncomingMessage,
): Promise<{ doneAt: number; frames: Frame[] } | null> {
  const frames: Frame[] = [];
  let doneAt: number | null = null;
  let rest = "";
  let live = false;
  for await (const part of stream) {
    const arrivedAt = performance.timeOrigin + performance.now();
    const events = `${rest}${String(part)}`.split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      const frame = frameIn(event);
      if (frame) {
        frames.push(frame);
        // What came together with the beginning had happened before the stream was opened.
        if (live) frameLatencies.push(arrivedAt - Date.parse(frame.ts));
      }
      if (/^event: ?done$/m.test(event)) doneAt ??= performance.now();
    }
    live ||= frames.length > 0;
  }
  return doneAt === null ? null : { doneAt, frames };
}

function frameIn(event: string): Frame | null {
  const data = /^data: ?(\{.*)$/m.exec(event)?.[1];
  return data === undefined ? null : (Frame.safeParse(JSON.parse(data)).data ?? null);
}

function countHops(frames: readonly Frame[]) {
  for (const [index, { stage, status, ts }] of frames.entries()) {
    const before = frames[index - 1];
    if (status === "started" && before) hops[stage]?.push(Date.parse(ts) - Date.parse(before.ts));
  }
}

const failures = new Map<string, number>();
let next = 0;

/** Each client is a user of its own. */
async function client(_: unknown, number: number) {
  const user = `client-${number}`;
  while (next < total) {
    try {
      await scan(user, next++);
    } catch (error) {
      failures.set(String(error), (failures.get(String(error)) ?? 0) + 1);
    }
  }
}

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(clients) }, client));
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  JSON.stringify({
    completed: done.length,
    failed: total - done.length,
    failures: Object.fromEntries(failures),
    scansPerSecond: done.length / seconds,
    accept: timesOf(accepted),
    end: timesOf(done),
    hops: { vision: timesOf(hops["vision"] ?? []), answer: timesOf(hops["answer"] ?? []) },
    frames: timesOf(frameLatencies),
    streams: streams.slice(-100),
  }),
);
process.exit(0);

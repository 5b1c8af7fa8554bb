/**
 * A load client: `node bench/load.ts BASE COUNT CLIENTS` submits that many scans, each client one at
 * a time, follows every event stream to `done`, and prints one line of JSON. Times are ms.
 */
import { Agent, type IncomingMessage, request } from "node:http";
import { z } from "zod";

const [base = "", count = "", clients = ""] = process.argv.slice(2);
const total = Number(count);
const agent = new Agent({ keepAlive: true, maxSockets: Number(clients) * 2 });

const Accepted = z.object({ stream_url: z.string() });

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

/** One scan from its submit to the event that ends it. */
async function scan(user: string, number: number): Promise<{ accepted: number; done: number }> {
  const startedAt = performance.now();
  const body = {
    user_input: `라벨 뗀 투명 페트병 {${number}}`,
    image_url: `https://images.example.com/${number}.jpg`,
  };
  const response = await call(user, "POST", "/api/v1/scan", JSON.stringify(body));
  const text = await textOf(response);
  if ((response.statusCode ?? 500) >= 300)
    throw new Error(`submit answered ${response.statusCode}: ${text}`);
  const accepted = performance.now() - startedAt;
  const stream = await call(user, "GET", Accepted.parse(JSON.parse(text)).stream_url);
  const done = await untilDone(stream);
  if (!done) throw new Error(`the stream answered ${stream.statusCode} and ended without done`);
  return { accepted, done: done - startedAt };
}

/** When `done` came; the stream is read to its end, so that its connection is used again. */
async function untilDone(stream: IncomingMessage): Promise<number | null> {
  let text = "";
  let at: number | null = null;
  for await (const part of stream) {
    text += String(part);
    if (at === null && /event: ?done\n[^]*\n\n/.test(text)) at = performance.now();
  }
  return at;
}

const times: { accepted: number; done: number }[] = [];
const failures = new Map<string, number>();
let next = 0;

/** Each client is a user of its own. */
async function client(_: unknown, number: number) {
  const user = `client-${number}`;
  while (next < total) {
    try {
      times.push(await scan(user, next++));
    } catch (error) {
      failures.set(String(error), (failures.get(String(error)) ?? 0) + 1);
    }
  }
}

const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

const startedAt = performance.now();
await Promise.all(Array.from({ length: Number(clients) }, client));
const seconds = (performance.now() - startedAt) / 1000;
const done = times.map((it) => it.done);
if (times.length === 0) {
  console.error("Nothing completed:", Object.fromEntries(failures));
  process.exit(1);
}
console.log(
  JSON.stringify({
    completed: times.length,
    failed: total - times.length,
    failures: Object.fromEntries(failures),
    scansPerSecond: times.length / seconds,
    acceptP50: percentile(
      times.map((it) => it.accepted),
      0.5,
    ),
    p50: percentile(done, 0.5),
    p99: percentile(done, 0.99),
  }),
);
process.exit(0);

import { exports } from "cloudflare:workers";
import {
  type Client,
  type ClientOptions,
  createClient,
} from "../../client/src/eco2-edge-client.ts";

export type FetchHandler = (url: string, init: RequestInit) => Promise<Response>;

/** A `fetch` to the Worker under test. */
export const workerFetch: FetchHandler = (url, init) =>
  exports.default.fetch(new Request(url, init));

/** A client of the Worker under test, with a user of its own by default. */
export const buildClient = (options: ClientOptions = {}): Client =>
  createClient({
    baseUrl: "http://localhost",
    userId: `client-${crypto.randomUUID()}`,
    fetch: workerFetch,
    ...options,
  });

/** A `fetch` that records its requests, and sends those on that `answer` returns null for. */
export function recordRequests(
  answer: (request: Request, number: number) => Response | Promise<Response> | null = () => null,
) {
  const requests: Request[] = [];
  const fetch: FetchHandler = async (url, init) => {
    const request = new Request(url, init);
    requests.push(request.clone());
    return (await answer(request, requests.length)) ?? exports.default.fetch(request);
  };
  return { fetch, requests };
}

export const buildProblem = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
): Response =>
  Response.json(
    { type: `/problems/${code}`, status, code, detail: `It is ${code}.` },
    { status, headers: { "content-type": "application/problem+json", ...headers } },
  );

/** The items of an iterable as an array. */
export async function collectAll<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** An event stream of these texts that ends after the last one. */
export const sseResponse = (...texts: string[]): Response =>
  new Response(new Blob(texts).stream(), { headers: { "content-type": "text/event-stream" } });

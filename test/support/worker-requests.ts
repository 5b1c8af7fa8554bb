import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { EventFrame } from "../../src/pipeline/frames.ts";
import { app } from "../../src/api/app.ts";

type Init = Omit<RequestInit, "headers"> & {
  user?: string | null;
  headers?: Record<string, string>;
};

/** Requests the running Worker as a user. `user: null` sends no user id. */
export function callWorker(
  path: string,
  { user = "user-1", headers, ...init }: Init = {},
): Promise<Response> {
  return exports.default.fetch(
    new Request(new URL(path, "http://localhost"), {
      ...init,
      headers: { ...(user !== null && { "x-user-id": user }), ...headers },
    }),
  );
}

/** Requests the app with settings that differ from the Worker's. */
export const callApp = async (settings: Partial<Env>, path: string, init?: RequestInit) =>
  app.request(path, init, { ...env, ...settings }, createExecutionContext());

export const submitScan = (body: unknown, init: Init = {}) =>
  callWorker("/api/v1/scan", {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
    headers: { "content-type": "application/json", ...init.headers },
  });

interface AcceptedScan {
  job_id: string;
  stream_url: string;
  result_url: string;
  status: string;
}

/** Submits a text, and throws unless it is accepted. */
export async function submitText(words: string, init: Init = {}): Promise<AcceptedScan> {
  const response = await submitScan({ user_input: words }, init);
  if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

export interface ServerSentEvent {
  event: string;
  id: number;
  frame: EventFrame;
}

/** Reads a stream to its end, or until it has sent `enough` events. */
export async function readSse(
  response: Response,
  enough = Infinity,
): Promise<{ events: ServerSentEvent[]; text: string }> {
  let text = "";
  const events = () =>
    text
      .split("\n\n")
      .slice(0, -1)
      // Partial text has no id: it is not an event.
      .filter((block) => block.includes("id: "))
      .map((block): ServerSentEvent => {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
        return {
          event: field("event"),
          id: Number(field("id")),
          frame: EventFrame.parse(JSON.parse(field("data"))),
        };
      });
  if (!response.body) throw new Error("The stream has no body");
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (events().length >= enough) break;
  }
  return { events: events().slice(0, enough), text };
}

/** Follows a scan to its end. */
export async function followScan(streamUrl: string, init: Init = {}): Promise<ServerSentEvent[]> {
  const response = await callWorker(streamUrl, { user: null, ...init });
  return (await readSse(response)).events;
}

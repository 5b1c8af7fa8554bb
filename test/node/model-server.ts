import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/**
 * A server of OpenAI's streamed Chat Completions. Instructions in the resident's text script it:
 * `[answer:500,ok]` fails the first call for an answer and lets the next succeed, `[answer@gpt-5:500]`
 * is for one model. The last instruction repeats for ever. Without instructions every call succeeds.
 * `GET ?text=` returns the calls that contain a text. `PUT ?outage=` fails all calls for an answer that
 * contain a text, until `DELETE`. `PUT ?reply=` answers all calls that contain a text with its body, a
 * `ScriptedReply`.
 */
export interface ModelServer {
  baseURL: string;
  /** The requests that contain a text, oldest first. */
  calls(text: string): Call[];
  close(): Promise<void>;
}

const Body = z.object({ model: z.string() });

/**
 * A reply of a provider, byte by byte as it is sent. `open` sends nothing after the last part, `endless` sends that part
 * until the connection is closed.
 */
const ScriptedReply = z.object({
  status: z.int().default(200),
  headers: z.record(z.string(), z.string()).default({}),
  parts: z.array(z.string()).default([]),
  end: z.enum(["close", "reset", "open", "endless"]).default("close"),
});

async function send(reply: z.infer<typeof ScriptedReply>, response: ServerResponse): Promise<void> {
  response.writeHead(reply.status, reply.headers);
  response.flushHeaders();
  for (const part of reply.parts) {
    response.write(part);
    await setImmediate();
  }
  if (reply.end === "close") return void response.end();
  if (reply.end === "open") return;
  if (reply.end === "endless") {
    const part = reply.parts.at(-1) ?? "";
    while (!response.destroyed) {
      if (!response.writableNeedDrain) response.write(part);
      await setImmediate();
    }
    return;
  }
  // What was written is on its way before the connection breaks.
  await sleep(typingMs);
  response.destroy();
}

export interface Call {
  at: number;
  kind: "vision" | "answer";
  body: unknown;
  authorization: string | undefined;
  agent: string | undefined;
  path: string;
  /** The metadata header for AI Gateway. */
  gateway: string | undefined;
}

type Behaviour = (response: ServerResponse, kind: Call["kind"]) => void;

const replies = {
  vision: {
    category: "재활용폐기물>무색페트병",
    item: "생수병",
    situation_tags: ["내용물_없음"],
  },
  answer: {
    user_answer: "생수병은 라벨을 떼고 배출해요. 뚜껑은 닫아도 괜찮아요! 😀 오늘도 고마워요.",
    insufficiencies: [],
    steps: ["비워 주세요.", "라벨을 떼 주세요.", "모아 주세요."],
  },
};

const error =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ error: { message: `scripted ${status}`, type: "scripted" } }));
  };

const chunk = (choices: unknown[], extra: object = {}) => {
  const data = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 0, model: "scripted" };
  return `data: ${JSON.stringify({ ...data, choices, ...extra })}\n\n`;
};

/** Streams one choice in chunks, then its usage, like the vendor. */
const stream =
  (text: (kind: Call["kind"]) => string, finish = "stop", field = "content"): Behaviour =>
  (response, kind) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const whole = text(kind);
    const half = Math.ceil(whole.length / 2);
    response.end(
      [
        chunk([
          {
            index: 0,
            delta: { role: "assistant", [field]: whole.slice(0, half) },
            finish_reason: null,
          },
        ]),
        chunk([{ index: 0, delta: { [field]: whole.slice(half) }, finish_reason: null }]),
        chunk([{ index: 0, delta: {}, finish_reason: finish }]),
        chunk([], { usage }),
        "data: [DONE]\n\n",
      ].join(""),
    );
  };

const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const typingMs = 50;

/** Streams the reply code unit by code unit, two after each pause. */
const typing =
  (pauseMs: number): Behaviour =>
  (response, kind) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const parts = JSON.stringify(replies[kind]).match(/[^]{1,2}/g) ?? [];
    const timer = setInterval(() => {
      const content = parts.shift();
      if (response.destroyed) clearInterval(timer);
      if (content !== undefined) {
        const delta = { role: "assistant", content };
        response.write(chunk([{ index: 0, delta, finish_reason: null }]));
        return;
      }
      clearInterval(timer);
      response.write(chunk([{ index: 0, delta: {}, finish_reason: "stop" }]));
      response.end(`${chunk([], { usage })}data: [DONE]\n\n`);
    }, pauseMs);
  };

const behaviours: Record<string, Behaviour> = {
  slow: typing(typingMs),
  slower: typing(3 * typingMs),
  ok: stream((kind) => JSON.stringify(replies[kind])),
  "400": error(400),
  "401": error(401),
  "429": error(429, { "retry-after": "7" }),
  "429quick": error(429, { "retry-after": "0" }),
  "500": error(500),
  refusal: stream(() => "I cannot help with that.", "stop", "refusal"),
  filtered: stream((kind) => JSON.stringify(replies[kind]), "content_filter"),
  truncated: stream((kind) => JSON.stringify(replies[kind]).slice(0, 20), "length"),
  malformed: stream(() => "not json at all"),
  unknown: stream((kind) =>
    JSON.stringify(
      kind === "vision" ? { category: "미분류", item: null, situation_tags: [] } : replies[kind],
    ),
  ),
  strange: stream((kind) =>
    JSON.stringify(
      kind === "vision"
        ? { category: "미분류", item: "강아지", situation_tags: [] }
        : replies[kind],
    ),
  ),
  illegal: stream(() => JSON.stringify({ category: "우주쓰레기", item: null, situation_tags: [] })),
  empty: stream(() => ""),
  silent: () => {},
  reset: (response) => response.destroy(),
};

/** @param latencyMs the delay before each response. */
export async function startModelServer({ latencyMs = 0 } = {}): Promise<ModelServer> {
  const calls: (Call & { text: string })[] = [];
  const earlierCalls = new Map<string, number>();

  async function serve(request: IncomingMessage, response: ServerResponse) {
    let text = "";
    for await (const part of request) text += String(part);
    const body: unknown = JSON.parse(text);
    const kind = text.includes('"name":"vision"') ? "vision" : "answer";
    const { authorization, "user-agent": agent, "cf-aig-authorization": gateway } = request.headers;
    const path = request.url ?? "";
    calls.push({
      at: Date.now(),
      kind,
      body,
      text,
      authorization,
      agent,
      path,
      gateway: gateway?.toString(),
    });
    const { model } = Body.parse(body);
    const scripts = [`\\[${kind}@${RegExp.escape(model)}:([\\w,]+)\\]`, `\\[${kind}:([\\w,]+)\\]`];
    if ([...outages].some((words) => kind === "answer" && text.includes(words))) {
      error(500)(response, kind);
      return;
    }
    const instruction = scripts.map((form) => new RegExp(form).exec(text)?.[1]).find(Boolean);
    const script = instruction?.split(",") ?? ["ok"];
    const marker = `${kind} ${model} ${/\{[\w-]+\}/.exec(text)?.[0] ?? text}`;
    const earlier = earlierCalls.get(marker) ?? 0;
    earlierCalls.set(marker, earlier + 1);
    const behaviour = behaviours[script[Math.min(earlier, script.length - 1)] ?? "ok"];
    if (!behaviour) throw new RangeError(`No behaviour is named ${script.join()}`);
    if (latencyMs > 0) await sleep(latencyMs);
    const [, reply] = [...scripted].find(([words]) => text.includes(words)) ?? [];
    if (reply) await send(reply, response);
    else behaviour(response, kind);
  }

  /** Texts for which calls for an answer fail. */
  const outages = new Set<string>();
  const scripted = new Map<string, z.infer<typeof ScriptedReply>>();

  async function script(words: string, request: IncomingMessage) {
    let text = "";
    for await (const part of request) text += String(part);
    scripted.set(words, ScriptedReply.parse(JSON.parse(text)));
  }

  const server = createServer((request, response) => {
    const words = new URL(request.url ?? "/", "http://localhost").searchParams.get("outage");
    if (words !== null) {
      if (request.method === "PUT") outages.add(words);
      else outages.delete(words);
      response.end();
      return;
    }
    const reply = new URL(request.url ?? "/", "http://localhost").searchParams.get("reply");
    if (reply !== null) {
      script(reply, request).then(
        () => response.end(),
        () => response.destroy(),
      );
      return;
    }
    if (request.method === "GET") {
      const text = new URL(request.url ?? "/", "http://localhost").searchParams.get("text") ?? "";
      response.end(JSON.stringify(calls.filter((it) => it.text.includes(text))));
      return;
    }
    serve(request, response).catch((reason: unknown) => {
      console.error(reason);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given");

  return {
    baseURL: `http://127.0.0.1:${address.port}/v1`,
    calls: (text) => calls.filter((it) => it.text.includes(text)),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

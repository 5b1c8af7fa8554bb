import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "./listen.ts";
import { type CallKind, replies, streamOf } from "./model-replies.ts";
import { pick, seeded } from "./seeded.ts";

/** A model call that the provider has received. */
export interface ProviderCall {
  /** Unix ms. */
  at: number;
  kind: CallKind;
  fault: FaultName | null;
}

interface ProviderOptions {
  seed: string;
  /** The share of calls that are faulty. */
  faultRate: number;
  /** How long a call without a fault takes, ms. */
  latencyMs: number;
}

/** `parts` are those of the reply without a fault. */
type Fault = (response: ServerResponse, parts: readonly string[]) => Promise<void> | void;

const refusal =
  (status: number, headers: Record<string, string> = {}): Fault =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ error: { message: `${status} of the storm`, type: "storm" } }));
  };

async function stream(response: ServerResponse, parts: readonly string[], pauseMs = 0) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const part of parts) {
    if (response.destroyed) return;
    response.write(part);
    if (pauseMs > 0) await sleep(pauseMs);
  }
}

const faults = {
  "429": refusal(429, { "retry-after": "2" }),
  "500": refusal(500),
  "503": refusal(503),
  reset: (response) => void response.destroy(),
  garbage(response) {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<html>bad gateway</html>");
  },
  async slow(response, parts) {
    await stream(response, parts, 400);
    response.end();
  },
  async cut(response, parts) {
    await stream(response, parts.slice(0, Math.ceil(parts.length / 2)), 20);
    response.destroy();
  },
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof faults;
const faultNames = [
  "429",
  "500",
  "503",
  "reset",
  "garbage",
  "slow",
  "cut",
] as const satisfies FaultName[];

/** The words of a scan name it, so that its calls are known. */
export const markerOf = (key: string) => `{${key}}`;

export type FakeProvider = Awaited<ReturnType<typeof startFakeProvider>>;

/**
 * A provider that speaks OpenAI's streamed Chat Completions. Which call of a scan is faulty, and how, depends on the
 * seed alone.
 */
export async function startFakeProvider({ seed, faultRate, latencyMs }: ProviderOptions) {
  const calls = new Map<string, ProviderCall[]>();

  async function answer(request: IncomingMessage, response: ServerResponse) {
    let body = "";
    for await (const part of request) body += String(part);
    const kind = body.includes('"name":"vision"') ? "vision" : "answer";
    const marker = /\{[\w-]{8,}\}/.exec(body)?.[0] ?? "";
    const earlier = calls.get(marker) ?? [];
    const nth = earlier.filter((call) => call.kind === kind).length;
    const isFaulty = seeded(seed, "faulty", marker, kind, nth) < faultRate;
    const fault = isFaulty ? pick(faultNames, seed, "fault", marker, kind, nth) : null;
    calls.set(marker, [...earlier, { at: Date.now(), kind, fault }]);
    await sleep(latencyMs);
    const parts = streamOf(JSON.stringify(replies[kind](seed, marker)));
    if (fault) return faults[fault](response, parts);
    await stream(response, parts);
    response.end();
  }

  const server = await listen((request, response) => {
    // A server that was killed has broken its connection off.
    answer(request, response).catch(() => response.destroy());
  });
  return {
    ...server,
    callsOf: (marker: string): readonly ProviderCall[] => calls.get(marker) ?? [],
    get calls(): readonly ProviderCall[] {
      return [...calls.values()].flat();
    },
  };
}

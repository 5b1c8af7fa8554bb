import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { listen } from "./listen.ts";
import { seeded } from "./seeded.ts";
import type { ReceivedWebhook } from "./stores.ts";

const Body = z.object({ type: z.string(), data: z.looseObject({ job_id: z.string() }) });

/** A client's server. It refuses a share of webhooks the first time that they come. */
export async function startCallbackReceiver(seed: string, faultRate: number) {
  const received: ReceivedWebhook[] = [];
  const seen = new Set<string>();

  async function receive(request: IncomingMessage, response: ServerResponse) {
    let text = "";
    for await (const part of request) text += String(part);
    const id = z.string().parse(request.headers["webhook-id"]);
    const isRefused = !seen.has(id) && seeded(seed, "webhook", id) < faultRate;
    seen.add(id);
    if (!isRefused) received.push({ id, ...Body.parse(JSON.parse(text)) });
    response.writeHead(isRefused ? 503 : 204).end();
  }

  const server = await listen((request, response) => {
    receive(request, response).catch(() => response.destroy());
  });
  return { ...server, received };
}

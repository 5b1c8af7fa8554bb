import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { startHeader } from "../../src/api/start-header.ts";
import { StartFailure } from "./start-failure.ts";

const Readiness = z.union([
  z.object({ status: z.literal("ok"), model: z.string() }),
  z.object({
    status: z.literal("unavailable"),
    reasons: z.array(z.object({ part: z.string(), reason: z.string() })),
  }),
]);

/**
 * The active model, once the server that this start has begun can serve. Its answers bear the start's nonce.
 *
 * @throws StartFailure when another server answers, or with the reasons when ours never will be ready
 */
export async function waitUntilReady(url: string, nonce: string): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/ready`).catch(() => null);
    if (!response) {
      await sleep(200);
      continue;
    }
    if (response.headers.get(startHeader) !== nonce) {
      throw new StartFailure(
        `Another server answers at ${url}. Stop it, or choose another port: npm start -- --port N`,
      );
    }
    const readiness = Readiness.parse(await response.json());
    if (readiness.status === "ok") return readiness.model;
    const reasons = readiness.reasons.map(({ part, reason }) => `${part}: ${reason}`);
    throw new StartFailure(
      ["The server is not ready. Correct these settings:", ...reasons].join("\n"),
    );
  }
}

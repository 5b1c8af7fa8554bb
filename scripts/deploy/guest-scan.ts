import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const Options = z.object({ guests: z.boolean() });
const Submitted = z.object({ result_url: z.string() });
const Result = z.object({ status: z.literal("completed") });

const pauseMs = 1_000;
const askMs = 10_000;

/**
 * Opens the residents' page and scans words as a guest, as a visitor without an account does.
 * @returns false where the deployment has no guests.
 * @throws with what was answered otherwise.
 */
export async function scanAsGuest(url: string, withinMs: number): Promise<boolean> {
  const { origin } = new URL(url);
  let cookie = "";
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(new URL(path, origin), {
      ...init,
      headers: { origin, cookie, "content-type": "application/json" },
      signal: AbortSignal.timeout(askMs),
    });
    if (!response.ok) {
      throw new Error(
        `${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`,
      );
    }
    return response;
  }

  const page = await (await ask("/")).text();
  const script = /<script type="module"[^>]*src="([^"]+)"/.exec(page)?.[1];
  if (script === undefined) throw new Error("/ is not the residents' page.");
  await (await ask(script)).text();
  if (!Options.parse(await (await ask("/api/v1/auth/options")).json()).guests) return false;

  const begun = await ask("/api/v1/auth/guest", { method: "POST" });
  cookie = begun.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .join("; ");
  const body = JSON.stringify({ user_input: "깨끗이 헹군 투명 페트병" });
  const submitted = await ask("/api/v1/scan", { method: "POST", body });
  const { result_url } = Submitted.parse(await submitted.json());
  const until = Date.now() + withinMs;
  for (;;) {
    const result = await ask(result_url);
    if (result.status === 200) {
      Result.parse(await result.json());
      return true;
    }
    if (Date.now() > until) throw new Error(`${result_url} has no result after ${withinMs} ms.`);
    await sleep(pauseMs);
  }
}

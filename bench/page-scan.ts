import { z } from "zod";

/** A PNG of one pixel: what is counted does not depend on what a photo shows. */
const photo = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const Accepted = z.object({ stream_url: z.string(), result_url: z.string() });

async function answered(url: URL, init: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.status < 300) return text;
  throw new Error(`${url.pathname} answered ${response.status}: ${text}`);
}

/** How the scripted model writes its answer: as somebody types, so that watchers see it grow, or at once. */
export type Pace = "slow" | "ok";

/** One scan as the page does it: a photo with words, the stream to its end, and the result. */
export async function scanAsPage(base: string, user: string, pace: Pace = "slow"): Promise<void> {
  const headers = { "x-user-id": user };
  const form = new FormData();
  form.set("image", new File([photo], "photo.png", { type: "image/png" }));
  // No two ask the same, or the second would be answered from the first.
  form.set("user_input", `라벨 뗀 투명 페트병 {${crypto.randomUUID()}} [answer:${pace}]`);
  const submit = { method: "POST", headers, body: form };
  const accepted = Accepted.parse(
    JSON.parse(await answered(new URL("/api/v1/scan", base), submit)),
  );
  const stream = await answered(new URL(accepted.stream_url, base), { headers });
  if (!/^event: ?done$/m.test(stream)) throw new Error("The stream ended without done");
  const result = await answered(new URL(accepted.result_url, base), { headers });
  if (!result.includes('"completed"')) throw new Error(`The scan did not complete: ${result}`);
}

/** So many scans of each of these users, one user's after one another. */
export async function scanAll(
  base: string,
  users: readonly string[],
  each: number,
  pace?: Pace,
): Promise<void> {
  await Promise.all(
    users.map(async (user) => {
      for (let scan = 0; scan < each; scan++) await scanAsPage(base, user, pace);
    }),
  );
}

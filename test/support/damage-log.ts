import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { jobOf } from "./job-builders.ts";

const key = "log:00000000";

/**
 * Makes the log of a job unreadable, as that of another version is.
 * @returns what mends it.
 */
export async function damageLog(jobId: string): Promise<() => Promise<void>> {
  const write = async (part: unknown) => {
    const before = await runInDurableObject(jobOf(jobId), (_, { storage }) => {
      const stored = storage.kv.get(key);
      storage.kv.put(key, part);
      return stored;
    });
    await evictDurableObject(jobOf(jobId));
    return before;
  };
  const before = await write({ events: "of another version" });
  return async () => void (await write(before));
}

import { z } from "zod";
import { type Api, ApiError } from "./cloudflare-api.ts";
import { CommandError } from "./exit-codes.ts";

/** As many objects as one call lists and deletes. */
const maxObjectsPerCall = 1_000;

const Objects = z.array(z.looseObject({ key: z.string() }));

/** Deletes every object of a bucket: Cloudflare deletes no bucket that holds one. */
export async function emptyBucket(api: Api, bucket: string): Promise<void> {
  const path = `/r2/buckets/${bucket}/objects`;
  let before = "";
  let why = "";
  for (;;) {
    const objects = await api.request(path, Objects, {
      query: { per_page: String(maxObjectsPerCall) },
    });
    const keys = objects.map(({ key }) => key);
    if (keys.length === 0) return;
    // What stays after a call would stay after the next one, too.
    if (keys.join("\n") === before) {
      throw new CommandError(
        "failed",
        `The bucket ${bucket} cannot be emptied of ${keys[0]}: ${why}`,
      );
    }
    before = keys.join("\n");
    try {
      await api.remove(path, { body: keys });
    } catch (error) {
      // 200 with errors: some were not deleted, such as those of a call whose answer was lost.
      if (!(error instanceof ApiError && error.status === 200)) throw error;
      why = error.message;
    }
  }
}

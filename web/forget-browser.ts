import { clearOutbox } from "./outbox.ts";
import { forgetPush } from "./push.ts";
import { keepPhotos } from "./saved-photos.ts";
import { forgetRegion } from "./saved-region.ts";
import { clearScans } from "./saved-scans.ts";

/** Deletes what this browser keeps of its resident, but for the id that the erasure's progress is asked with. */
export async function forgetBrowser(): Promise<void> {
  const parts = [forgetRegion(), clearOutbox(), keepPhotos([]), forgetPush()];
  // When they are gone, other tabs begin anew, with what is left of the rest.
  clearScans();
  for (const part of await Promise.allSettled(parts)) {
    // The browser's storage or its push service failed: the others are done, and the server erases.
    if (part.status === "rejected" && !(part.reason instanceof DOMException)) throw part.reason;
  }
}

import { clearOutbox } from "./outbox.ts";
import { forgetPush } from "./push.ts";
import { keepPhotos } from "./saved-photos.ts";
import { saveRegion } from "./saved-region.ts";
import { clearScans } from "./saved-scans.ts";

/** Deletes what this browser keeps of its resident, but for the id that the erasure's progress is asked with. */
export async function forgetBrowser(): Promise<void> {
  clearScans();
  saveRegion("");
  await clearOutbox();
  await keepPhotos([]);
  await forgetPush();
}

import { log } from "../src/platform/log.ts";

/** At most 20 times a second. */
const intervalMs = 50;

/**
 * Publishes a growing text, not more often than subscribers can read it. A publish that fails is
 * dropped: the next one holds its text, too.
 */
export function partialText(publish: (textSoFar: string) => Promise<unknown>) {
  let latest = "";
  let published = "";
  let publishing = false;
  let ended = false;

  async function keepPublishing() {
    while (latest !== published) {
      await scheduler.wait(intervalMs);
      if (ended) return;
      published = latest;
      try {
        await publish(published);
      } catch (error) {
        log("warn", "partial_text.dropped", { error: String(error) });
      }
    }
    publishing = false;
  }

  return {
    onText: (textSoFar: string) => {
      latest = textSoFar;
      if (publishing || ended) return;
      publishing = true;
      void keepPublishing();
    },
    /** Stops publishing, and returns the final text, for the call that completes the stage. */
    end(): string {
      ended = true;
      return latest;
    },
  };
}

import { log } from "../src/platform/log.ts";

/**
 * How long after the text before it each text is published, ms. The first words come at once; from about 4 s
 * on, the renewals of the lease carry the text. With the claim and the completion, an answer takes eight calls
 * of its job.
 */
const intervalsMs = [0, 200, 400, 700, 1_100, 1_600];
/** How long words are gathered before they are published, ms. */
const gatherMs = 50;
/** Growth of fewer UTF-16 code units is not worth a call yet: more is waited for, but not for long. */
const fewUnits = 8;
const moreWithinMs = 500;

/**
 * Publishes a growing text, less often the longer it takes, however long it becomes. A publish that fails is
 * dropped: the next one holds its text, too.
 */
export function partialText(publish: (textSoFar: string) => Promise<unknown>) {
  let latest = "";
  let published = "";
  let publishedAt = 0;
  let calls = 0;
  let publishing = false;
  let ended = false;

  function take(): string {
    if (latest !== published) publishedAt = Date.now();
    published = latest;
    return latest;
  }

  async function publishWhileGrowing() {
    for (;;) {
      const intervalMs = intervalsMs[calls];
      if (latest === published || intervalMs === undefined) break;
      await scheduler.wait(Math.max(gatherMs, publishedAt + intervalMs - Date.now()));
      const isSmall = published !== "" && latest.length - published.length < fewUnits;
      if (isSmall) await scheduler.wait(moreWithinMs);
      if (ended) return;
      if (latest === published) break;
      calls++;
      try {
        await publish(take());
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
      void publishWhileGrowing();
    },
    /** The text so far, for a call that is made anyway: it need not be published. */
    take,
    /** Stops publishing, and returns the final text, for the call that completes the stage. */
    end(): string {
      ended = true;
      return latest;
    },
  };
}

import { log } from "../src/platform/log.ts";

/** At most 20 times a second. */
const intervalMs = 50;

/**
 * Sends a growing text on, as far as it has come, not more often than watchers can read. One that
 * cannot be sent is dropped: the next says it, too.
 */
export function textRelay(send: (textSoFar: string) => Promise<void>) {
  let latest = "";
  let sent = "";
  let sending = false;
  let ended = false;

  async function keepSending() {
    while (latest !== sent) {
      await scheduler.wait(intervalMs);
      if (ended) return;
      sent = latest;
      try {
        await send(sent);
      } catch (error) {
        log("warn", "text_relay.dropped", { error: String(error) });
      }
    }
    sending = false;
  }

  return {
    onText: (textSoFar: string) => {
      latest = textSoFar;
      if (sending || ended) return;
      sending = true;
      void keepSending();
    },
    /** Sends nothing more. All that has come, for whoever says that the text is done. */
    end(): string {
      ended = true;
      return latest;
    },
  };
}

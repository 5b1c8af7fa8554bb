import { log } from "../src/log.ts";

/** At most 20 times a second. */
const intervalMs = 50;

/**
 * Sends a growing text on, as far as it has come, not more often than watchers can read. One that
 * cannot be sent is dropped: what the attempt gives in the end says it all.
 */
export function textRelay(send: (textSoFar: string) => Promise<void>) {
  let latest = "";
  let sent = "";
  let sending: Promise<void> | null = null;

  async function sendLatest() {
    const text = latest;
    if (text === sent) return;
    sent = text;
    try {
      await send(text);
    } catch (error) {
      log("warn", "text_relay.dropped", { error: String(error) });
    }
  }

  async function keepSending() {
    do {
      await sendLatest();
      await scheduler.wait(intervalMs);
    } while (latest !== sent);
    sending = null;
  }

  return {
    onText: (textSoFar: string) => {
      latest = textSoFar;
      sending ??= keepSending();
    },
    /** Resolves when all that has come was sent. */
    async flush() {
      await sendLatest();
      await sending;
    },
  };
}

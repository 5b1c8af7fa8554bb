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
  let onItsWay = Promise.resolve();
  let sending = false;
  let flushed = false;

  async function sendLatest() {
    await onItsWay;
    const text = latest;
    if (text === sent) return;
    sent = text;
    onItsWay = send(text).catch((error: unknown) => {
      log("warn", "text_relay.dropped", { error: String(error) });
    });
    await onItsWay;
  }

  async function keepSending() {
    while (latest !== sent) {
      await scheduler.wait(intervalMs);
      if (flushed) return;
      await sendLatest();
    }
    sending = false;
  }

  return {
    onText: (textSoFar: string) => {
      latest = textSoFar;
      if (sending) return;
      sending = true;
      void keepSending();
    },
    /** Resolves when all that has come was sent. */
    async flush() {
      flushed = true;
      await sendLatest();
    },
  };
}

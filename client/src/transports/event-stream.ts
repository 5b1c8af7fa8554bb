import { createParser } from "eventsource-parser";
import { secondsOf } from "../api-error.ts";
import type { Connection } from "../connection.ts";
import { type Signal, signals, type Transport } from "./transport.ts";

/** The server says something every 15 s: a connection that is silent for longer is gone. */
const silenceMs = 45_000;

/**
 * Server-sent events over `fetch`: with the headers of any other request, and wherever there is one.
 * An event that was cut in the middle is not told.
 */
export const eventStream =
  ({ fetch }: Pick<Connection, "fetch">): Transport =>
  (streamUrl, leaving) =>
    signals(leaving, (tell, end, hungUp) => {
      let silence: ReturnType<typeof setTimeout>;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(end, silenceMs);
      };
      hungUp.addEventListener("abort", () => clearTimeout(silence));
      heard();

      async function follow() {
        const headers = { accept: "text/event-stream" };
        const response = await fetch(streamUrl, { headers, signal: hungUp });
        if (!response.body || !isEventStream(response)) {
          tell(refusalIn(response));
          await response.body?.cancel();
          return;
        }
        tell({ type: "open" });
        const parser = createParser({
          onEvent: ({ data }) => tell({ type: "text", text: data }),
          onRetry: (ms) => tell({ type: "wait", ms }),
        });
        const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
        // A fetch that was given may not look at its signal any more.
        hungUp.addEventListener("abort", () => void text.cancel().catch(() => {}));
        for (;;) {
          const { value, done } = await text.read();
          if (done) return;
          heard();
          parser.feed(value);
        }
      }
      // It was cut, or did not open, or nobody listens any more: whichever, it is over.
      follow().then(end, end);
    });

const isEventStream = ({ ok, headers }: Response) =>
  ok && headers.get("content-type")?.startsWith("text/event-stream");

const refusalIn = ({ headers }: Response): Signal => ({
  type: "wait",
  ms: (secondsOf(headers.get("retry-after")) ?? 0) * 1000,
});

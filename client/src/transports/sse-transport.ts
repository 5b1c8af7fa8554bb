import { createParser } from "eventsource-parser";
import { parseRetryAfter } from "../api-error.ts";
import type { Connection } from "../connection.ts";
import { type Signal, signalStream, type Transport } from "./transport.ts";

/** The server sends a comment every 15 s; a connection that is silent for longer has broken. */
const silenceMs = 45_000;

/**
 * Server-sent events over `fetch`, which sends headers and exists everywhere. An event that was cut in the
 * middle is not emitted.
 */
export const sseTransport =
  ({ fetch }: Pick<Connection, "fetch">): Transport =>
  (streamUrl, signal) =>
    signalStream(signal, (emit, end, closed) => {
      let silence: ReturnType<typeof setTimeout>;
      const restartTimer = () => {
        clearTimeout(silence);
        silence = setTimeout(end, silenceMs);
      };
      closed.addEventListener("abort", () => clearTimeout(silence));
      restartTimer();

      async function read() {
        const headers = { accept: "text/event-stream" };
        const response = await fetch(streamUrl, { headers, signal: closed });
        if (response.status === 204) return emit({ type: "ended" });
        if (!response.body || !isEventStream(response)) {
          emit(waitOf(response));
          await response.body?.cancel();
          return;
        }
        emit({ type: "open" });
        const parser = createParser({
          onEvent: ({ data }) => emit({ type: "text", text: data }),
          onRetry: (ms) => emit({ type: "wait", ms }),
        });
        const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
        // A custom fetch may ignore the signal once it has answered.
        closed.addEventListener("abort", () => void text.cancel().catch(() => {}));
        for (;;) {
          const { value, done } = await text.read();
          if (done) return;
          restartTimer();
          parser.feed(value);
        }
      }
      // Cut, refused or aborted: the connection is over either way.
      read().then(end, end);
    });

const isEventStream = ({ ok, headers }: Response) =>
  ok && headers.get("content-type")?.startsWith("text/event-stream");

const waitOf = ({ headers }: Response): Signal => ({
  type: "wait",
  ms: (parseRetryAfter(headers.get("retry-after")) ?? 0) * 1000,
});

/** An item of a connection's stream, which ends when the connection is closed. */
export type Signal =
  | { type: "open" }
  | { type: "text"; text: string }
  /** Nothing will follow. */
  | { type: "ended" }
  /** Ms that the server asks to wait before the next connection. */
  | { type: "wait"; ms: number };

/** Opens a connection, and closes it when the signal aborts or the reader cancels. */
export type Transport = (streamUrl: URL, signal: AbortSignal) => ReadableStream<Signal>;

type Connect = (emit: (signal: Signal) => void, end: () => void, closed: AbortSignal) => void;

/** The stream of what `connect` emits until it ends; `closed` aborts when nobody reads any more. */
export function signalStream(signal: AbortSignal, connect: Connect): ReadableStream<Signal> {
  const closing = new AbortController();
  return new ReadableStream<Signal>({
    start(controller) {
      const emit = (item: Signal) => {
        if (!closing.signal.aborted) controller.enqueue(item);
      };
      const end = () => {
        if (closing.signal.aborted) return;
        closing.abort();
        controller.close();
      };
      signal.addEventListener("abort", end, { signal: closing.signal });
      connect(emit, end, closing.signal);
    },
    cancel: () => closing.abort(),
  });
}

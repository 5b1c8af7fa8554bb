/** What a transport says; its stream ends when it has given up. */
export type Signal =
  | { type: "open" }
  | { type: "text"; text: string }
  /** The server asks to be left alone so long before the next connection. */
  | { type: "wait"; ms: number };

/** Connects to a stream, and hangs up when `leaving` aborts or its reader cancels. */
export type Transport = (streamUrl: URL, leaving: AbortSignal) => ReadableStream<Signal>;

type Connect = (tell: (signal: Signal) => void, end: () => void, hungUp: AbortSignal) => void;

/** A stream of what `connect` tells until it ends; `hungUp` aborts when nobody listens any more. */
export function signals(leaving: AbortSignal, connect: Connect): ReadableStream<Signal> {
  const hangUp = new AbortController();
  return new ReadableStream<Signal>({
    start(controller) {
      const tell = (signal: Signal) => {
        if (!hangUp.signal.aborted) controller.enqueue(signal);
      };
      const end = () => {
        if (hangUp.signal.aborted) return;
        hangUp.abort();
        controller.close();
      };
      leaving.addEventListener("abort", end, { signal: hangUp.signal });
      connect(tell, end, hangUp.signal);
    },
    cancel: () => hangUp.abort(),
  });
}

import { useLayoutEffect, useState } from "hono/jsx/dom";
import { ApiError } from "../client/src/eco2-edge-client.ts";

export type Loaded<Value> =
  | { status: "loading" }
  | { status: "loaded"; value: Value }
  | { status: "failed"; error: ApiError };

/** What `load` answers, which is asked again when a key changes or `reload` is called. */
export function useLoaded<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  keys: readonly (string | number | null)[],
): { loaded: Loaded<Value>; reload: () => void } {
  const [loaded, setLoaded] = useState<Loaded<Value>>({ status: "loading" });
  const [round, setRound] = useState(0);
  // A plain effect runs twice when its component is rendered again before a frame is painted.
  useLayoutEffect(() => {
    const left = new AbortController();
    setLoaded({ status: "loading" });
    load(left.signal).then(
      (value) => !left.signal.aborted && setLoaded({ status: "loaded", value }),
      (error: unknown) => {
        if (left.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setLoaded({ status: "failed", error });
      },
    );
    return () => left.abort();
  }, [...keys, round]);
  return { loaded, reload: () => setRound(round + 1) };
}

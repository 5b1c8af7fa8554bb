import { useLayoutEffect, useState } from "hono/jsx/dom";
import { useOverview } from "../use-overview.ts";
import { type LivePoint, livePointOf } from "./lines.ts";

/** An hour of samples. */
const maxPoints = 720;

/** Samples of the queues, every few seconds since the page was opened. */
export function useLivePoints() {
  const polled = useOverview();
  const [points, setPoints] = useState<readonly LivePoint[]>([]);
  const { data } = polled;
  useLayoutEffect(() => {
    if (data) setPoints((before) => [...before, livePointOf(data)].slice(-maxPoints));
  }, [data]);
  return { polled, points };
}

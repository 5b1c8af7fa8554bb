import { browserStorage, storedRows } from "./browser-storage.ts";

/** How long the last scans of this browser took, ms, as the server measured their stages. */
const store = browserStorage("localStorage", "eco2-durations");
const most = 7;

const readDurations = () => storedRows(store.read(), (it): it is number => typeof it === "number");

/** Keeps how long a scan took. One that waited for an outage or a redrive says nothing about the next. */
export function saveDuration(stageLatencies: Readonly<Partial<Record<string, number>>>): void {
  const total = Object.values(stageLatencies).reduce((sum: number, ms = 0) => sum + ms, 0);
  if (total > 0 && total <= longestMs) {
    store.write(JSON.stringify([total, ...readDurations()].slice(0, most)));
  }
}
const longestMs = 120_000;

/** For a browser without scans of its own: the offline model takes less than a second, and a stage is given a minute. */
const firstWords = "보통 몇 초, 길어도 1분이면 끝나요.";

/** How long a scan usually takes in this browser. */
export function expectedTime(): string {
  const durations = readDurations().toSorted((one, other) => one - other);
  const median = durations[Math.floor(durations.length / 2)];
  if (median === undefined) return firstWords;
  if (median < 5_000) return "보통 몇 초면 끝나요.";
  return `보통 ${Math.ceil(median / 5_000) * 5}초 안에 끝나요.`;
}

import type { Parameters } from "./parameters.ts";
import type { Random } from "./random.ts";
import type { Server } from "./server.ts";
import type { Timeline } from "./timeline.ts";

/** Goes on when `asked` is answered, or when nobody waits any longer. */
export function within(
  { at, now }: Pick<Timeline, "at" | "now">,
  seconds: number,
  ask: (answered: () => void) => void,
  goOn: () => void,
): void {
  let gone = false;
  const once = () => {
    if (gone) return;
    gone = true;
    goOn();
  };
  ask(once);
  at(now() + seconds, once);
}

/** Isolates of one queue's batches: each asks for the control and writes its sums now and then. */
export function isolates(
  line: Pick<Timeline, "at" | "now">,
  p: Parameters,
  controlOf: (isolate: number) => Server,
  databaseOf: ((isolate: number) => Server) | null,
) {
  const askedAt = new Map<number, number>();
  const wroteAt = new Map<number, number>();
  const isDue = (when: Map<number, number>, isolate: number, every: number) =>
    line.now() - (when.get(isolate) ?? -Infinity) >= every;
  return {
    of: (slot: number) => Math.floor(slot / p.batchesPerIsolate),
    readControl(isolate: number, goOn: () => void) {
      if (!isDue(askedAt, isolate, p.controlEvery)) return goOn();
      askedAt.set(isolate, line.now());
      const ask = (done: () => void) => controlOf(isolate).work(p.controlCall, done);
      within(line, p.patience, ask, goOn);
    },
    writeMetrics(isolate: number, goOn: () => void) {
      if (!databaseOf || !isDue(wroteAt, isolate, p.metricsEvery)) return goOn();
      wroteAt.set(isolate, line.now());
      const ask = (done: () => void) => databaseOf(isolate).work(p.writeMetrics, done);
      within(line, p.patience, ask, goOn);
    },
  };
}

/**
 * When each message of a batch has its model's answer, seconds from now. All are asked at once, but
 * only so many connections may wait for their headers.
 */
export function answersOf(count: number, deadlineSeconds: number, p: Parameters, random: Random) {
  const connections = Array.from({ length: p.connections }, () => 0);
  return Array.from({ length: count }, () => {
    const claimed = random.logNormal(p.objectCall);
    let earliest = 0;
    for (let each = 1; each < connections.length; each++) {
      if ((connections[each] ?? 0) < (connections[earliest] ?? 0)) earliest = each;
    }
    const begin = Math.max(claimed, connections[earliest] ?? 0);
    const headers = random.logNormal(p.headers);
    connections[earliest] = begin + headers;
    const answered = Math.max(headers, random.logNormal(p.model));
    return begin + Math.min(answered, deadlineSeconds) + random.logNormal(p.objectCall);
  });
}

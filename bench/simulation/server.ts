import { type Samples, samples } from "./samples.ts";
import type { Timeline } from "./timeline.ts";

/** Does one thing at a time, in the order in which it is asked: a database's writer, or an object. */
export interface Server {
  /** Works for so many seconds when its turn comes, and says when it is done. */
  work: (seconds: number, done: () => void) => void;
  waits: Samples;
  utilisation: () => number;
  /** Seconds of work that wait. */
  backlog: () => number;
  asked: () => number;
  /** Forgets what was measured; what waits is still done. */
  measureAnew: () => void;
}

export function server({ at, now }: Pick<Timeline, "at" | "now">): Server {
  let freeAt = 0;
  let asked = 0;
  let worked = 0;
  let measuredFrom = 0;
  const waits = samples();
  const backlog = () => Math.max(0, freeAt - now());
  return {
    work(seconds, done) {
      const begin = Math.max(freeAt, now());
      waits.add(begin - now());
      asked++;
      worked += seconds;
      freeAt = begin + seconds;
      at(freeAt, done);
    },
    waits,
    utilisation() {
      const seconds = now() - measuredFrom;
      return seconds === 0 ? 0 : (worked - backlog()) / seconds;
    },
    backlog,
    asked: () => asked,
    measureAnew() {
      waits.clear();
      // What waits is still to be worked, and counts from here.
      [asked, worked, measuredFrom] = [0, backlog(), now()];
    },
  };
}

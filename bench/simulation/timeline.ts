/** What is to happen, in the order of its time; what is due at the same time in the order it was said. */
export interface Timeline {
  /** Seconds since the beginning. */
  now: () => number;
  at: (time: number, action: () => void) => void;
  /** Lets happen what is due up to a time. */
  run: (until: number) => void;
}

interface Entry {
  time: number;
  order: number;
  action: () => void;
}

const isBefore = (a: Entry, b: Entry) =>
  a.time < b.time || (a.time === b.time && a.order < b.order);

/** A binary heap: millions of entries come and go. */
export function timeline(): Timeline {
  const heap: Entry[] = [];
  let now = 0;
  let order = 0;

  function push(entry: Entry) {
    let place = heap.length;
    heap.push(entry);
    for (;;) {
      const up = (place - 1) >> 1;
      const parent = heap[up];
      if (place === 0 || !parent || isBefore(parent, entry)) break;
      heap[place] = parent;
      place = up;
    }
    heap[place] = entry;
  }

  function pop(): Entry | undefined {
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      const left = place * 2 + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const child = a && b ? (isBefore(b, a) ? b : a) : a;
      if (!child || isBefore(last, child)) break;
      heap[place] = child;
      place = child === a ? left : left + 1;
    }
    heap[place] = last;
    return first;
  }

  return {
    now: () => now,
    at(time, action) {
      if (time < now) throw new RangeError(`${time} s is over, it is ${now} s`);
      push({ time, order: order++, action });
    },
    run(until) {
      for (let next = heap[0]; next && next.time <= until; next = heap[0]) {
        pop();
        now = next.time;
        next.action();
      }
      now = until;
    },
  };
}

import { TransientError } from "../pipeline/errors.ts";

export interface RoomOptions {
  /** Bytes that may be inside at the same time; one that is larger goes in alone. */
  bytes: number;
  /** After so long a place is free again: a request that was killed does not give its own back. */
  leaseMs: number;
  /** How long one waits before it is told to come again. */
  patienceMs: number;
}

/** Lets work in while the bytes that it holds have room. */
export type Room = <Result>(
  bytes: number,
  signal: AbortSignal,
  work: () => Promise<Result>,
) => Promise<Result>;

const lookMs = 20;

/**
 * Bounds what an isolate holds at once. Who waits looks again and again: a promise that another
 * request has to keep is never kept when that request is killed.
 */
export function roomOf({ bytes: space, leaseMs, patienceMs }: RoomOptions): Room {
  const held = new Map<symbol, { bytes: number; until: number }>();

  function fits(bytes: number): boolean {
    const now = Date.now();
    let used = 0;
    for (const [place, { bytes, until }] of held) {
      if (until <= now) held.delete(place);
      else used += bytes;
    }
    return used === 0 || used + bytes <= space;
  }

  return async function room(bytes, signal, work) {
    const patientUntil = Date.now() + patienceMs;
    while (!fits(bytes)) {
      if (Date.now() >= patientUntil) {
        throw new TransientError("PHOTOS_BUSY", "Too many large photos are being sent right now.");
      }
      await scheduler.wait(lookMs, { signal });
    }
    const place = Symbol();
    held.set(place, { bytes, until: Date.now() + leaseMs });
    try {
      return await work();
    } finally {
      held.delete(place);
    }
  };
}

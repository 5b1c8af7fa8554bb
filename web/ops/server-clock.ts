/** The header `Date` has whole seconds, and a response is on its way for a while, ms. */
const unknownMs = 5_000;

let aheadMs = 0;

/** Learns how far the server's clock is ahead of this browser's, from the header `Date` of a response. */
export function learnServerTime(date: string | null, now = Date.now()): void {
  const difference = Date.parse(date ?? "") - now;
  if (!Number.isNaN(difference)) aheadMs = Math.abs(difference) > unknownMs ? difference : 0;
}

/** The server's time, Unix ms: ages and ends are told by the clock that wrote them. */
export const serverNow = (): number => Date.now() + aheadMs;

/** How long after the end of a scan its idempotency key names it, ms. */
export const idempotencyMs = 24 * 60 * 60 * 1000;
/** How much longer its object knows that: the clocks of two objects may differ, ms. */
export const clockSkewMs = 5 * 60 * 1000;

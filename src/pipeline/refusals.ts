/** A write of an attempt that does not hold the lease any more: it changes nothing. */
export const stale = "stale";
/** There is no such job, or it belongs to another user. */
export const notFound = "not-found";

export type Stale = typeof stale;
export type NotFound = typeof notFound;

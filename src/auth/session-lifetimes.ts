/** How long an access token is valid, s. */
export const accessSeconds = 15 * 60;
/** How long a session lives without a renewal, s. */
export const idleSeconds = 14 * 24 * 60 * 60;
/** How long a session lives with renewals, s. */
export const sessionSeconds = 90 * 24 * 60 * 60;
/**
 * How long a used refresh token may be used again, ms: two tabs renew at once, or a client retries after
 * a lost response. A later use means theft.
 */
export const refreshGraceMs = 10_000;

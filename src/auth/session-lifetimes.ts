/** How long an access token is taken, s. */
export const accessSeconds = 15 * 60;
/** How long a session goes on without being used, s. */
export const idleSeconds = 14 * 24 * 60 * 60;
/** How long a session goes on at all, however often it is renewed, s. */
export const sessionSeconds = 90 * 24 * 60 * 60;
/**
 * How long an exchanged refresh token may come again, ms: two tabs renew at once, and an answer that
 * was lost on its way is asked for again. Later it is in the wrong hands.
 */
export const refreshGraceMs = 10_000;

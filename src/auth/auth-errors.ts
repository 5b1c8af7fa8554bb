/** The credentials of a request are missing or not valid. The message names the reason. */
export class Unauthenticated extends Error {}

/** The credentials cannot be checked now, because keys or revocations are out of reach. A retry may help. */
export class AuthUnavailable extends Error {}

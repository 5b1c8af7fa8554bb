/** Who is asking is not known. The message says why, to whoever asks. */
export class Unauthenticated extends Error {}

/** Who is asking cannot be told now: what it takes is out of reach, and it may work in a moment. */
export class AuthUnavailable extends Error {}

import { sha256 } from "../platform/sha256.ts";

const prefix = "sha256:";

/** Replaces a user id in records that outlive the user: `sha256:` and the hash in hex. */
export const pseudonymOf = async (userId: string): Promise<string> =>
  `${prefix}${await sha256(userId)}`;

export const isPseudonym = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);

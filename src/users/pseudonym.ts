import { sha256 } from "../platform/sha256.ts";

const prefix = "sha256:";

/** What stands for a user where a record outlives them: `sha256:` and the hash of their id, in hex. */
export const pseudonymOf = async (userId: string): Promise<string> =>
  `${prefix}${await sha256(userId)}`;

export const isPseudonym = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);

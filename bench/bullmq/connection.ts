/** Redis, at the socket that REDIS names. */
export const connection = { path: process.env["REDIS"] ?? "", maxRetriesPerRequest: null };

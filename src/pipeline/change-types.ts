import { z } from "zod";

/**
 * The changes of what other services keep copies of: the catalog of characters, and the revocations of tokens. They
 * are events of the log beside those of scans.
 */
export const changeTypes = [
  "catalog.full_refresh",
  "catalog.upsert",
  "catalog.delete",
  "token.revoked",
  "token.restored",
] as const;
export const ChangeType = z.enum(changeTypes);
export type ChangeType = z.infer<typeof ChangeType>;

/** The stream of a change: its events have a seq, as those of a scan do. */
export const ChangeStream = z.enum(["catalog", "tokens"]);
export type ChangeStream = z.infer<typeof ChangeStream>;
export const streamOf = (type: ChangeType): ChangeStream =>
  type.startsWith("catalog.") ? "catalog" : "tokens";

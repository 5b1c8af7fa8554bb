import { z } from "zod";

/** A user id, from any source. */
export const UserId = z.string().regex(/^[\w.@:|-]{1,128}$/, {
  error: "must be 1 to 128 letters, digits or . _ @ : | -",
});

import { z } from "zod";

/** What a user may be called, whoever says so. */
export const UserId = z.string().regex(/^[\w.@:|-]{1,128}$/, {
  error: "has to be 1 to 128 letters, digits or . _ @ : | -",
});

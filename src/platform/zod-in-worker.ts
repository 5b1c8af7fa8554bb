/**
 * Stands for `zod` in the Worker (`alias` of wrangler.toml): its messages in fifty languages, which nothing here
 * shows, would be a tenth of the Worker.
 */
export * as z from "./zod-parts.ts";
export * from "./zod-parts.ts";

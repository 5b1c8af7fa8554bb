/** What stands between a name of `wrangler.toml` and the name of a preview: `scan-vision-preview-pr-42`. */
export const previewInfix = "-preview-";

/** The name that `wrangler.toml` has for what may be a preview's: the same one for what is none. */
export const withoutPreview = (name: string): string => name.replace(/-preview-[a-z\d-]+$/, "");

/**
 * Where the configuration that a deploy uses is written: wrangler.toml with the deployment's settings. It is generated
 * from the account each time, so nothing about an account is committed, and nothing goes stale. A preview has a file
 * of its own, so that a command by hand on production's never means a preview.
 */
export const generatedFileOf = (preview: string | null): string =>
  preview === null ? "dist/deploy/wrangler.json" : `dist/deploy/preview-${preview}/wrangler.json`;

import { previewInfix } from "../../src/platform/preview-names.ts";
import { CommandError } from "./exit-codes.ts";

/** With it, the longest name of `wrangler.toml` keeps to the 63 characters of queues, buckets and Workers. */
const maxLength = 30;

/** @throws CommandError for what no preview may be named: an empty name above all, which would mean production. */
export function parsePreviewName(text: string): string {
  const isName =
    text.length <= maxLength &&
    /^[a-z\d]+(-[a-z\d]+)*$/.test(text) &&
    // A name in which another one could be found: `x-preview-pr-42` would end like `pr-42`.
    !text.split("-").includes("preview");
  if (isName) return text;
  throw new CommandError(
    "usage",
    `A preview's name has 1 to ${maxLength} lowercase letters, digits and single hyphens, such as pr-42, ` +
      `and not the word preview. It is ${JSON.stringify(text)}.`,
  );
}

/** Names of queues, buckets and Workers, as a label of a domain. */
const maxResourceName = 63;

/** The name that a preview has for a name of `wrangler.toml`. @throws CommandError when Cloudflare would refuse it. */
export function previewNameOf(name: string, preview: string): string {
  const named = `${name}${previewInfix}${preview}`;
  if (named.length <= maxResourceName && !name.includes(previewInfix)) return named;
  throw new CommandError(
    "usage",
    `${named} is no name for a preview: it has at most ${maxResourceName} characters, and ${previewInfix} once.`,
  );
}

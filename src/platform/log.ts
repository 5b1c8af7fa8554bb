/**
 * What nobody is to read in a log: where an address leads (a photo, a query with a token), credentials,
 * and the text that a parser quotes. The shape of what went wrong stays.
 */
const secrets: readonly [form: RegExp, instead: string][] = [
  [/\b(https?|wss?):\/\/(?:[^\s/@"'<>]*@)?([^\s/?#"'<>)]+)[^\s"'<>)]*/gi, "$1://$2/…"],
  [/\?[^\s"'<>)?]*=[^\s"'<>)]*/g, "?…"],
  [/\bdata:[\w/+.-]+;base64,[\w+/=]*/gi, "data:…"],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, "$1 …"],
  [/\b(?:whsec_|sk-)[\w+/=-]+|\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "…"],
  [/".*"(?:\.\.\.)?(?= is not valid JSON)/gs, '"…"'],
];

/** What is in every text that has a secret; without it nothing has to be looked for. */
const suspect = /:\/\/|\?|data:|bearer|basic|whsec_|sk-|eyJ|is not valid JSON/i;

/** A text without addresses, tokens and quoted input. */
export const redacted = (text: string): string =>
  secrets.reduce((left, [form, instead]) => left.replace(form, instead), text);

const redactText = (_key: string, value: unknown) =>
  typeof value === "string" ? redacted(value) : value;

/**
 * Writes one structured line, as `wrangler tail` and Workers Logs read it. Never personal data: ids,
 * codes and numbers only, and of an error's message what `redacted` leaves.
 */
export function log(level: "info" | "warn" | "error", event: string, fields: object): void {
  const line = JSON.stringify({ event, ...fields });
  console[level](suspect.test(line) ? JSON.stringify({ event, ...fields }, redactText) : line);
}

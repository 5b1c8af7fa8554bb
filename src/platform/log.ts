/**
 * What nobody is to read in a log: where an address leads (a photo, a query with a token), credentials,
 * and the text that a parser quotes. The shape of what went wrong stays.
 */
const secrets: readonly [form: RegExp, instead: string][] = [
  [/\b(https?|wss?):\/\/(?:[^\s/@"'<>]*@)?([^\s/?#"'<>)]+)[^\s"'<>)]*/gi, "$1://$2/…"],
  [/\?[^\s"'<>)?]*=[^\s"'<>)]*/g, "?…"],
  [/\bdata:[\w/+.-]+;base64,[\w+/=]*/gi, "data:…"],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, "$1 …"],
  [/\b(?:whsec_|sk-)[\w+/=-]+/g, "…"],
];

/** A run of characters from its first `eyJ`, with which a token begins. Each run is tried from its beginning only. */
const maybeToken = /(?<![\w.-])([\w.-]*?)(eyJ[\w.-]*)/g;
const withoutToken = (run: string, before: string, token: string): string =>
  token.split(".", 3).length === 3 ? `${before}…` : run;

/** How a parser ends what it quotes. */
const quotationEnds = ['" is not valid JSON', '"... is not valid JSON'];

/** Without the input that a parser quotes: from the first quotation mark to the last. */
function withoutInput(text: string): string {
  const start = text.indexOf('"');
  const end = Math.max(...quotationEnds.map((it) => text.lastIndexOf(it)));
  if (start < 0 || end <= start) return text;
  return `${text.slice(0, start)}"…"${text.slice(end).replace(/^"(?:\.\.\.)?/, "")}`;
}

/** What is in every text that has a secret; without it nothing has to be looked for. */
const suspect = /:\/\/|\?|data:|bearer|basic|whsec_|sk-|eyJ|is not valid JSON/i;

/** A text without addresses, tokens and quoted input. */
export const redacted = (text: string): string =>
  withoutInput(
    secrets
      .reduce((left, [form, instead]) => left.replace(form, instead), text)
      .replace(maybeToken, withoutToken),
  );

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

/** Writes one structured line, as `wrangler tail` and Workers Logs read it. Never personal data. */
export function log(level: "info" | "warn" | "error", event: string, fields: object): void {
  console[level](JSON.stringify({ event, ...fields }));
}

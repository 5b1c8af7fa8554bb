/** What a spreadsheet takes for a formula. */
const formula = /^[=+\-@\t\r]/;

/** Rows as CSV (RFC 4180). No text of a user becomes a formula in a spreadsheet. */
export function csvOf<Row>(
  columns: Readonly<Record<string, (row: Row) => string | number | null>>,
  rows: readonly Row[],
): string {
  const lines = rows.map((row) => Object.values(columns).map((valueOf) => fieldOf(valueOf(row))));
  return [Object.keys(columns), ...lines].map((fields) => `${fields.join(",")}\r\n`).join("");
}

function fieldOf(value: string | number | null): string {
  if (typeof value === "number") return String(value);
  const text = value !== null && formula.test(value) ? `'${value}` : (value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

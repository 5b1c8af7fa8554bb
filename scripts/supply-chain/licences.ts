import type { LockedPackage } from "./lock-file.ts";

/** The licences under which what we ship may stand: each lets anybody use and pass it on. */
const allowed = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "Unlicense",
]);

/** What the Worker and the pages are built from: every package that is not for development alone. */
export const shippedOf = (packages: readonly LockedPackage[]) =>
  packages
    .filter(({ dev, devOptional }) => !dev && !devOptional)
    .toSorted((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));

/** One sentence for each shipped package whose licence is not allowed. */
export const licenceErrors = (packages: readonly LockedPackage[]): string[] =>
  shippedOf(packages)
    .filter(({ license }) => license === undefined || !allowed.has(license))
    .map(
      ({ name, version, license }) =>
        `${name} ${version} is shipped under ${license ?? "no licence"}, which is not on the list.`,
    );

/** The document that lists what is shipped. */
export function licencesDocument(packages: readonly LockedPackage[]): string {
  const rows = shippedOf(packages).map(({ name, version, license = "" }) => [
    name,
    version,
    license,
  ]);
  const table = [["package", "version", "licence"], ...rows];
  const widths = [0, 1, 2].map((at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = table;
  return [
    "# Licences",
    "",
    "The packages that the Worker and the pages are built from. `npm run licences` writes this list from the lock file.",
    "",
    line(head),
    line(widths.map((width) => "-".repeat(width))),
    ...body.map(line),
    "",
  ].join("\n");
}

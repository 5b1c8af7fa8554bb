import type { RegulationBook } from "../src/regulations/book.ts";

/** A source that is to be compared with the facts again. */
export interface StaleSource {
  /** The document or the municipality. */
  of: string;
  title: string;
  url: string | null;
  /** Null when it was never compared. */
  checked_on: string | null;
}

/** The sources that were last checked over a year before a day, or never, the oldest first. */
export function staleSources(
  { documents, municipalities }: Pick<RegulationBook, "documents" | "municipalities">,
  today: string,
): StaleSource[] {
  const [year = "", ...day] = today.split("-");
  const aYearAgo = [Number(year) - 1, ...day].join("-");
  const sources = [
    ...Array.from(documents.values(), ({ key, source }) => ({ of: key, source })),
    ...municipalities.flatMap(({ region, source, overlays }) =>
      [source, ...overlays.flatMap((row) => row.source ?? [])].map((it) => ({
        of: region,
        source: it,
      })),
    ),
  ];
  return sources
    .map(({ of, source: { title, url, checked_on } }) => ({ of, title, url, checked_on }))
    .filter(({ checked_on }) => checked_on === null || checked_on < aYearAgo)
    .toSorted((a, b) => (a.checked_on ?? "").localeCompare(b.checked_on ?? ""));
}

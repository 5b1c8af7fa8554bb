import { z } from "zod";

const text = z.string().trim().min(1).max(200);
const day = z.iso.date();

/** Where the facts of a regulation come from. */
export const Source = z.strictObject({
  title: text,
  publisher: text,
  /** In ASCII, as a URI is written. */
  url: z.url({ protocol: /^https$/ }).regex(/^[!-~]+$/),
  /** The number of the directive, notice or law; null when it has none, as a web page. */
  number: text.nullable(),
  effective_date: day,
  /** When the facts were last compared with the text of the source. */
  checked_on: day,
});

/** Where the local facts of a municipality come from: often a page of its website. */
export const LocalSource = Source.extend({
  /** Null when the source does not state it. */
  effective_date: day.nullable(),
  /** Null when only its address is known, and its text could not be read yet. */
  checked_on: day.nullable(),
});
export type LocalSource = z.infer<typeof LocalSource>;

/** Versions and jobs that were stored before sources had these fields lack them. */
const stored = {
  url: Source.shape.url.nullable().default(null),
  number: Source.shape.number.default(null),
  checked_on: LocalSource.shape.checked_on.default(null),
};
export const StoredSource = Source.extend(stored);
export const StoredLocalSource = LocalSource.extend(stored);

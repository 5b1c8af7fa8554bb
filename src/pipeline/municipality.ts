import { z } from "zod";
import { type Regulation, RegulationKey } from "./regulation.ts";
import { StoredLocalSource } from "./source.ts";

const name = z.string().trim().min(1).max(40);
const sentence = z.string().trim().min(1).max(200);

const Booking = z.strictObject({
  how: sentence,
  phone: z.string().nullable(),
  url: z.url({ protocol: /^https$/ }).nullable(),
});

const Overlay = z.strictObject({
  /** The documents that the row adds to. */
  keys: z.array(RegulationKey).min(1),
  /** Days, hours and place of collection. */
  schedule: sentence.nullable(),
  /** Steps that follow the national ones. */
  steps: z.array(sentence).max(3),
  booking: Booking.nullable(),
  /** Where the row comes from; null when it is from the source of the municipality. */
  source: StoredLocalSource.nullable().default(null),
});

/** The additions of one municipality to the national regulations. */
export const Municipality = z
  .strictObject({
    /** Its full name, such as `서울특별시 강남구`. */
    region: name,
    /** Other names. */
    aliases: z.array(name),
    source: StoredLocalSource,
    overlays: z.array(Overlay).min(1),
  })
  .refine(({ overlays }) => isUnique(overlays.flatMap(({ keys }) => keys)), {
    path: ["overlays"],
    message: "has two rows for one document",
  });
export type Municipality = z.infer<typeof Municipality>;

const isUnique = (values: readonly string[]) => new Set(values).size === values.length;

/** The municipality's additions to one item's rule. */
export const LocalRule = z.strictObject({
  region: name,
  source: StoredLocalSource,
  schedule: Overlay.shape.schedule,
  booking: Overlay.shape.booking,
});
export type LocalRule = z.infer<typeof LocalRule>;

/** The row of a municipality for a document, or undefined when it adds nothing. */
export const overlayOf = ({ overlays }: Municipality, { key }: Pick<Regulation, "key">) =>
  overlays.find(({ keys }) => keys.includes(key));

/** A region in the form in which regions are compared: without spaces. */
export const regionName = (text: string): string => text.normalize("NFC").replaceAll(/\s/g, "");

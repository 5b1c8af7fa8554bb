import { z } from "zod";
import { TransientError } from "../pipeline/errors.ts";
import { type Municipality, regionName } from "../pipeline/municipality.ts";
import { type Regulation, regulationKeyFor, RegulationKey } from "../pipeline/regulation.ts";
import { type Region, type Rule, ruleFor } from "../pipeline/item-rule.ts";
import type { Classification } from "../pipeline/taxonomy.ts";
import { unknownRegionNote } from "../resident-messages.ts";

/** The contents of a version. */
export const Manifest = z.strictObject({
  documents: z.array(RegulationKey),
  municipalities: z.array(z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

/** One complete published version. */
export interface RegulationBook {
  version: string;
  documents: ReadonlyMap<RegulationKey, Regulation>;
  municipalities: readonly Municipality[];
  /** Documents of this version that cannot be read now. */
  unread: ReadonlySet<RegulationKey>;
  /** Whether every document and municipality could be read. */
  isWhole: boolean;
}

/**
 * The rule of a classified item, with the local rules of its region if they are published.
 * @throws `TransientError` for an item whose document cannot be read.
 */
export function ruleIn(
  { version, documents, municipalities, unread }: RegulationBook,
  classification: Classification,
  asked: string | null,
): { rule: Rule | null; region: Region | null } {
  const municipality = asked === null ? null : municipalityNamed(municipalities, asked);
  const key = regulationKeyFor(classification);
  if (key && unread.has(key)) {
    throw new TransientError("REGULATIONS_INVALID", `Document ${key} of ${version} is not whole.`);
  }
  const regulation = key && documents.get(key);
  const rule =
    regulation && ruleFor(regulation, classification.minor_category, version, municipality);
  return { rule: rule ?? null, region: asked === null ? null : regionOf(asked, municipality) };
}

/** Finds a municipality by name or alias, whatever the spaces. */
export function municipalityNamed(
  municipalities: readonly Municipality[],
  asked: string,
): Municipality | null {
  const name = regionName(asked);
  const found = municipalities.find(({ region, aliases }) =>
    [region, ...aliases].some((it) => regionName(it) === name),
  );
  return found ?? null;
}

const regionOf = (asked: string, municipality: Municipality | null): Region => ({
  asked,
  applied: municipality?.region ?? null,
  note: municipality ? null : unknownRegionNote(asked),
});

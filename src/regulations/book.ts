import { z } from "zod";
import { type Municipality, regionName } from "../pipeline/municipality.ts";
import { type Regulation, regulationKeyFor, RegulationKey } from "../pipeline/regulation.ts";
import { type Region, type Rule, ruleFor } from "../pipeline/item-rule.ts";
import type { Classification } from "../pipeline/taxonomy.ts";

/** What a version consists of. */
export const Manifest = z.strictObject({
  documents: z.array(RegulationKey),
  municipalities: z.array(z.string()),
});
export type Manifest = z.infer<typeof Manifest>;

/** One published version, whole. */
export interface RegulationBook {
  version: string;
  documents: ReadonlyMap<RegulationKey, Regulation>;
  municipalities: readonly Municipality[];
}

/** The rule of a classified item, under the rules of its region where those are known. */
export function ruleIn(
  { version, documents, municipalities }: RegulationBook,
  classification: Classification,
  asked: string | null,
): { rule: Rule | null; region: Region | null } {
  const municipality = asked === null ? null : municipalityNamed(municipalities, asked);
  const key = regulationKeyFor(classification);
  const regulation = key && documents.get(key);
  const rule =
    regulation && ruleFor(regulation, classification.minor_category, version, municipality);
  return { rule: rule ?? null, region: asked === null ? null : regionOf(asked, municipality) };
}

/** A municipality by its name, or by what else it is called; spaces do not matter. */
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
  note: municipality
    ? null
    : `「${asked}」의 배출 규정은 아직 없어서 전국 공통 기준으로 안내했어요. 요일과 장소는 사는 곳의 시·군·구청에 확인해 주세요.`,
});

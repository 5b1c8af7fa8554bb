import { z } from "zod";
import { LocalRule, type Municipality, overlayOf } from "./municipality.ts";
import { type Regulation, ruleFields } from "./regulation.ts";

const maxSteps = 10;

/** The part of a regulation that applies to one item, with the version it was read from. */
export const Rule = z.strictObject({
  ...ruleFields,
  version: z.string(),
  /** The sub-group of the steps; null when the category's common steps apply. */
  group: z.string().nullable(),
  /** When the rule holds for the item, for a name that may mean two things; null when it always does. */
  when: z.string().nullable().default(null),
  /** The municipality's additions; null when the national rules alone apply. */
  local: LocalRule.nullable(),
});
export type Rule = z.infer<typeof Rule>;

/** The region that was requested, and the municipality whose rules were applied. */
export const Region = z.strictObject({
  asked: z.string(),
  /** The full name of the municipality; null when the national rules alone apply. */
  applied: z.string().nullable(),
  /** A note for the resident, in Korean. */
  note: z.string().nullable(),
});
export type Region = z.infer<typeof Region>;

/**
 * Narrows a regulation to one item: the steps of its group replace the common ones, and those of the
 * municipality follow.
 */
export function ruleFor(
  regulation: Regulation,
  minor: string | null,
  version: string,
  municipality: Municipality | null = null,
): Rule {
  const item = minor === null ? undefined : itemCalled(regulation, minor);
  const group = regulation.groups.find(({ name }) => name === item?.group);
  const overlay = municipality && overlayOf(municipality, regulation);
  const { key, category, name, summary, source, not_accepted, checks } = regulation;
  const steps = group?.steps ?? regulation.steps;
  return {
    key,
    category,
    name,
    summary,
    source,
    steps: overlay ? followedBy(steps, [overlay.schedule, ...overlay.steps]) : steps,
    not_accepted,
    checks,
    version,
    group: group?.name ?? null,
    when: item?.when ?? null,
    local:
      municipality && overlay
        ? {
            region: municipality.region,
            source: overlay.source ?? municipality.source,
            schedule: overlay.schedule,
            booking: overlay.booking,
          }
        : null,
  };
}

const itemCalled = ({ items }: Regulation, word: string) =>
  items.find(({ name, aliases }) => name === word || aliases.includes(word));

const followedBy = (steps: readonly string[], more: readonly (string | null)[]) =>
  [...steps, ...more.filter((step) => typeof step === "string")].slice(0, maxSteps);

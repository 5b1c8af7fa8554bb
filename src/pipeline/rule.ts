import { z } from "zod";
import { type Regulation, ruleFields } from "./regulation.ts";

/** The part of a regulation that rules one item, with the version it was read from. */
export const Rule = z.strictObject({
  ...ruleFields,
  version: z.string(),
  /** The sub-group whose steps these are; null when the category's common steps apply. */
  group: z.string().nullable(),
});
export type Rule = z.infer<typeof Rule>;

/** Narrows a regulation to one item: its group's steps replace the common ones. */
export function ruleFor(regulation: Regulation, minor: string | null, version: string): Rule {
  const item = regulation.items.find(({ name }) => name === minor);
  const group = regulation.groups.find(({ name }) => name === item?.group);
  const { key, category, name, summary, source, not_accepted, checks } = regulation;
  return {
    key,
    category,
    name,
    summary,
    source,
    steps: group?.steps ?? regulation.steps,
    not_accepted,
    checks,
    version,
    group: group?.name ?? null,
  };
}

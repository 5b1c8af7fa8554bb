import { z } from "zod";

const Schema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
});
/** Keywords that say nothing of which values are valid. */
const notes = new Set(["$schema", "$id", "title", "description", "examples", "default"]);
const compared = new Set([...Object.keys(Schema.shape), ...notes]);
/** Limits that may be moved, by the direction in which more values are valid. */
const looser: Readonly<Record<string, 1 | -1>> = {
  maximum: 1,
  maxLength: 1,
  maxItems: 1,
  minimum: -1,
  minLength: -1,
  minItems: -1,
};

const isNumber = (value: unknown) => typeof value === "number";
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/**
 * What a new version of a schema breaks for readers of the one before, or for events of it; empty for a version that
 * adds optional fields, or values to a list of known ones.
 */
export function breaksIn(before: unknown, after: unknown, at = "data"): string[] {
  const [old, now] = [Schema.parse(before), Schema.parse(after)];
  return [
    ...propertyBreaks(old, now, at),
    ...(old.enum ?? [])
      .filter((value) => !now.enum?.some((it) => same(it, value)))
      .map((value) => `${at} may not be ${JSON.stringify(value)} any more`),
    ...(!old.enum && now.enum ? [`${at} is one of a list now`] : []),
    ...branchBreaks(old.anyOf, now.anyOf, at),
    ...(same(typeof old.items, typeof now.items) ? [] : [`${at} has other items`]),
    ...(old.items && now.items ? breaksIn(old.items, now.items, `${at}[]`) : []),
    ...Object.keys({ ...old, ...now })
      .filter((keyword) => !compared.has(keyword) && !isLooser(keyword, old, now))
      .map((keyword) => `${at} has another ${keyword}`),
  ];
}

type Parsed = z.infer<typeof Schema>;

function propertyBreaks(old: Parsed, now: Parsed, at: string): string[] {
  const required = new Set([...old.required, ...now.required]);
  const moved = [...required].filter(
    (name) => old.required.includes(name) !== now.required.includes(name),
  );
  return [
    ...Object.entries(old.properties).flatMap(([name, schema]) =>
      Object.hasOwn(now.properties, name)
        ? breaksIn(schema, now.properties[name], `${at}.${name}`)
        : [`${at}.${name} is gone`],
    ),
    ...moved.map((name) =>
      old.required.includes(name)
        ? `${at}.${name} is not always there any more`
        : `${at}.${name} is required now`,
    ),
  ];
}

function branchBreaks(old: unknown[] = [], now: unknown[] = [], at: string): string[] {
  if (old.length !== now.length) return [`${at} has other alternatives`];
  return old.flatMap((branch, index) => breaksIn(branch, now[index], `${at}/${index}`));
}

function isLooser(keyword: string, old: Parsed, now: Parsed): boolean {
  const [was, is] = [old[keyword], now[keyword]];
  if (same(was, is)) return true;
  const direction = looser[keyword];
  if (direction === undefined || !isNumber(was)) return false;
  return is === undefined || (isNumber(is) && Math.sign(is - was) === direction);
}

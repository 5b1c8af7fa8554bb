import { provinces } from "./municipality-names.ts";

/** A name as it may be typed, without spaces, and the official one. */
interface Spelling {
  typed: string;
  official: string;
}

const inProvinces = provinces.flatMap(({ names, municipalities }): Spelling[] =>
  municipalities.flatMap((name) =>
    names.map((it) => ({ typed: `${it}${name}`, official: `${names[0]} ${name}` })),
  ),
);
/** A municipality that has its name alone is found without its province. */
const alone = provinces.flatMap(({ names, municipalities }) =>
  municipalities
    .filter((name) => provinces.filter((it) => it.municipalities.includes(name)).length === 1)
    .filter((name) => !provinces.some((it) => it.names.includes(name)))
    .map((name): Spelling => ({ typed: name, official: `${names[0]} ${name}` })),
);
const wholeProvinces = provinces.flatMap(({ names }) =>
  names.map((typed): Spelling => ({ typed, official: names[0] })),
);
/** The more exact ones first. */
const spellings = [inProvinces, alone, wholeProvinces].flatMap((group) =>
  group.toSorted((one, other) => other.typed.length - one.typed.length),
);

/**
 * Of a region as a resident typed it, the official name of the municipality, else of the province, that it begins
 * with; null for none. The name is the table's: nothing of the text is returned. An official name matches itself.
 */
export function matchedMunicipality(typed: string | null): string | null {
  if (typed === null) return null;
  const name = typed.normalize("NFC").replaceAll(/[^가-힣]/g, "");
  const found = spellings.find((it) => name.startsWith(it.typed));
  if (found) return found.official;
  // `강남` for `강남구`: a short form is a match only as the whole text.
  return alone.find((it) => name.length > 1 && it.typed.slice(0, -1) === name)?.official ?? null;
}

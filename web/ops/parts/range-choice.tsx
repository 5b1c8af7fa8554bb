import { hrefWith, inQuery } from "../href.ts";

interface Choice {
  /** How far back one may look, and its text. */
  ranges: readonly (readonly [range: number, text: string])[];
  /** The name of the range in the query of the page's address. */
  name: string;
}

interface Props extends Choice {
  chosen: number;
  /** The address of the page. */
  href: string;
}

/** The range in the query of an address, if it is one of those to choose from; else another. */
export function rangeIn(query: string, { name, ranges }: Choice, other: number): number {
  const asked = Number(inQuery(query, name));
  return ranges.some(([range]) => range === asked) ? asked : other;
}

/** The choice of how far back a page looks, which is a part of its address. */
export const RangeChoice = ({ ranges, chosen, name, href }: Props) => (
  <fieldset class="range">
    <legend class="unseen">How far back</legend>
    {ranges.map(([range, text]) => (
      <label key={range}>
        <input
          type="radio"
          name="range"
          value={range}
          checked={range === chosen}
          onChange={() => (location.hash = hrefWith(href, name, String(range)))}
        />
        <span>{text}</span>
      </label>
    ))}
  </fieldset>
);

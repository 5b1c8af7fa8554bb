import { hrefOf } from "../href.ts";

export const filterNames = ["by", "action", "target", "from", "to"] as const;

/** Which changes the page shows; times are ISO 8601. */
export type Filters = Partial<Record<(typeof filterNames)[number], string>>;

/** The filters that a form or an address gives; an empty one is none. */
export const filtersOf = (textOf: (name: (typeof filterNames)[number]) => string | null): Filters =>
  Object.fromEntries(
    filterNames.flatMap((name) => {
      const text = textOf(name)?.trim() ?? "";
      return text === "" ? [] : [[name, text] as const];
    }),
  );

export function filtersIn(query: string): Filters {
  const parameters = new URLSearchParams(query);
  return filtersOf((name) => parameters.get(name));
}

export function hrefOfAudit(filters: Filters): string {
  const query = String(new URLSearchParams(filters));
  return query === "" ? hrefOf("audit") : `${hrefOf("audit")}?${query}`;
}

import { choices, filterNames } from "./jobs/job-view.ts";
import { filterNames as auditFilters } from "./audit/audit-view.ts";
import type { PageName, Route } from "./route.ts";

const anyText = null;
const anyOf = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, anyText]));

/** What may stand in a page's address, by name: its values, or any text. A page that is not named takes nothing. */
const known: Partial<Record<PageName, Readonly<Record<string, readonly string[] | null>>>> = {
  health: { hours: ["1", "6", "24", "168"] },
  statistics: { days: ["7", "30", "92"] },
  jobs: { ...anyOf(filterNames), cursor: anyText, ...choices },
  audit: { ...anyOf(auditFilters), cursor: anyText },
  webhooks: { status: ["failed", "pending", "delivered"], cursor: anyText },
  "dead-letters": { cursor: anyText },
  alerts: { cursor: anyText },
};

/** What the address has that its page does not know: shown without it, a list would have more than was asked for. */
export function unknownIn({ page, query }: Pick<Route, "page" | "query">): string[] {
  return Array.from(new URLSearchParams(query))
    .filter(([name, value]) => {
      const values = known[page]?.[name];
      return values === undefined || (values !== null && value !== "" && !values.includes(value));
    })
    .map(([name, value]) => `${name}=${value}`);
}

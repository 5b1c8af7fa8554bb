/** The current page, and the item that it shows. */
export interface Route {
  page: PageName;
  /** Such as a job's id or a fingerprint; null for the page itself. */
  of: string | null;
  /** What stands behind a question mark, such as filters. */
  query: string;
}

/** The props of every page. */
export type PageProps = Pick<Route, "of" | "query">;

/** The pages in the order of the navigation, with their addresses behind `#/`. */
export const navigation = [
  { page: "now", path: "", title: "Now" },
  { page: "health", path: "health", title: "Health" },
  { page: "dead-letters", path: "dead-letters", title: "Dead letters" },
  { page: "jobs", path: "jobs", title: "Jobs" },
  { page: "webhooks", path: "webhooks", title: "Webhooks" },
  { page: "controls", path: "controls", title: "Controls" },
  { page: "statistics", path: "statistics", title: "Statistics" },
  { page: "versions", path: "versions", title: "Versions" },
  { page: "audit", path: "audit", title: "Audit" },
] as const;
export type PageName =
  | (typeof navigation)[number]["page"]
  | "redrives"
  | "incidents"
  | "alerts"
  | "unknown";

const names = new Map<string, PageName>([
  ["redrives", "redrives"],
  ["incidents", "incidents"],
  ["alerts", "alerts"],
  ...navigation.map(({ path, page }): [string, PageName] => [path, page]),
]);

/** The route in a location's hash. */
export function routeOf(hash: string): Route {
  const [path = "", ...queries] = hash.replace(/^#?\/?/, "").split("?");
  const [name = "", ...rest] = path.split("/");
  const of = rest.join("/");
  return {
    page: names.get(name) ?? "unknown",
    of: of === "" ? null : decoded(of),
    query: queries.join("?"),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A hand-typed hash may have a lone percent sign.
    return text;
  }
}

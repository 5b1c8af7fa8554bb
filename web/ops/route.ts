import { useLayoutEffect, useState } from "hono/jsx/dom";

/** Where an operator is: the page's name, and what of it is looked at. */
export interface Route {
  page: PageName;
  /** What follows the name: a job's id, a cause. Null: the page itself. */
  of: string | null;
}

/** What a page is given: what of it is looked at. */
export type PageProps = Pick<Route, "of">;

/** The pages in the order of the navigation, with their addresses behind `#/`. */
export const navigation = [
  { page: "now", path: "", title: "Now" },
  { page: "health", path: "health", title: "Health" },
  { page: "letters", path: "letters", title: "Dead letters" },
  { page: "jobs", path: "jobs", title: "Jobs" },
  { page: "controls", path: "controls", title: "Controls" },
  { page: "versions", path: "versions", title: "Versions" },
  { page: "audit", path: "audit", title: "Audit" },
] as const;
export type PageName = (typeof navigation)[number]["page"] | "redrives" | "unknown";

const names = new Map<string, PageName>([
  ["redrives", "redrives"],
  ...navigation.map(({ path, page }): [string, PageName] => [path, page]),
]);

/** The route in a location's hash. */
export function routeOf(hash: string): Route {
  const [name = "", ...rest] = hash.replace(/^#?\/?/, "").split("/");
  const of = rest.join("/");
  return { page: names.get(name) ?? "unknown", of: of === "" ? null : decoded(of) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign is what somebody typed.
    return text;
  }
}

/** The route of the page as it stands. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useLayoutEffect(() => {
    const see = () => setHash(location.hash);
    addEventListener("hashchange", see);
    return () => removeEventListener("hashchange", see);
  }, []);
  return routeOf(hash);
}

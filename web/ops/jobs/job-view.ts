import { stageNames } from "../../../client/src/eco2-edge-client.ts";

/** The filters that are chosen, and their values. */
export const choices = {
  status: ["waiting", "running", "retrying", "parked", "completed", "failed", "cancelled"],
  stage: stageNames,
} as const;
/** The filters that are typed. */
const typed = [
  "q",
  "user",
  "code",
  "model",
  "provider",
  "at_fault",
  "region",
  "from",
  "to",
] as const;

/** The filters of the list, by the names that the API and the address have for them. */
export const filterNames = ["status", "stage", ...typed] as const;
type FilterName = (typeof filterNames)[number];
type Text = string | undefined;
/** What is not given does not matter. */
export interface Filters extends Partial<Record<(typeof typed)[number], Text>> {
  status?: (typeof choices.status)[number] | undefined;
  stage?: (typeof choices.stage)[number] | undefined;
}

/** The filters of some texts by name; what the list does not know is left out. */
export function filtersOf(textOf: (name: FilterName) => string): Filters {
  const filters: Filters = {};
  const status = choices.status.find((it) => it === textOf("status"));
  const stage = choices.stage.find((it) => it === textOf("stage"));
  if (status) filters.status = status;
  if (stage) filters.stage = stage;
  for (const name of typed) {
    const text = textOf(name);
    if (text !== "") filters[name] = text;
  }
  return filters;
}

/** The filters in the query of an address. */
export function filtersIn(query: string): Filters {
  const given = new URLSearchParams(query);
  return filtersOf((name) => given.get(name)?.trim() ?? "");
}

/** The address of the list with filters. */
export function hrefOfJobs(filters: Filters): string {
  const given = new URLSearchParams(
    filterNames.flatMap((name) => {
      const value = filters[name];
      return value ? [[name, value]] : [];
    }),
  );
  return given.size === 0 ? "#/jobs" : `#/jobs?${given.toString()}`;
}

/** Views that everybody has. */
export const commonViews: readonly { name: string; filters: Filters }[] = [
  { name: "All", filters: {} },
  { name: "Running", filters: { status: "running" } },
  { name: "Retrying", filters: { status: "retrying" } },
  { name: "Waiting", filters: { status: "waiting" } },
  { name: "Parked", filters: { status: "parked" } },
  { name: "Failed", filters: { status: "failed" } },
];

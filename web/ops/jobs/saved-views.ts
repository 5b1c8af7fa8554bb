import { browserStorage } from "../../browser-storage.ts";
import { type Filters, filtersIn, hrefOfJobs } from "./job-view.ts";

export interface View {
  name: string;
  filters: Filters;
}

const stored = browserStorage("localStorage", "eco2-ops-job-views");
const queryOf = ({ filters }: View) => hrefOfJobs(filters).split("?")[1] ?? "";

/** The views that were saved in this browser, each as the query of its address. */
export const savedViews = (): View[] =>
  Array.from(new URLSearchParams(stored.read() ?? ""), ([name, query]) => ({
    name,
    filters: filtersIn(query),
  }));

/** Saves the views in place of those before; of two with one name, the later one. */
export function saveViews(views: readonly View[]): void {
  const byName = new Map(views.map((view) => [view.name, queryOf(view)]));
  stored.write(new URLSearchParams([...byName]).toString());
}

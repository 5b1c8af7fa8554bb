import type { PageProps } from "../route.ts";
import { JobList } from "./job-list.tsx";
import { JobPage } from "./job-page.tsx";

/** One job, or the list of them. */
export const JobsPage = ({ of, query }: PageProps) =>
  of === null ? <JobList key={query} query={query} /> : <JobPage id={of} />;

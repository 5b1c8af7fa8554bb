import { type InferResponseType, parseResponse } from "hono/client";
import { csvOf } from "../../../src/platform/csv.ts";
import { plural } from "../format.ts";
import type { ListedJob, OpsClient } from "../ops-client.ts";
import { download } from "../parts/download.ts";
import type { Filters } from "./job-view.ts";

/** So many jobs are exported at most, and so often is asked for them: a request reads a part of the log. */
const exportedAtMost = 1_000;
const requestsAtMost = 50;

type JobPage = InferResponseType<OpsClient["jobs"]["$get"], 200>;

const columns: Record<string, (job: ListedJob) => string | number | null> = {
  job: ({ job_id }) => job_id,
  user: ({ user_id }) => user_id,
  status: ({ status }) => status,
  stage: ({ stage }) => stage,
  error_code: ({ error }) => error?.code ?? null,
  error_message: ({ error }) => error?.message ?? null,
  model: ({ model }) => model,
  provider: ({ provider }) => provider,
  region: ({ region }) => region,
  class: ({ category }) => category,
  submitted_at: ({ submitted_at }) => submitted_at,
  ended_at: ({ ended_at }) => ended_at,
  cost_usd: ({ cost_usd }) => cost_usd,
  trace: ({ trace_id }) => trace_id,
};

/**
 * Saves the jobs of the filters as a file.
 * @returns what the file has, and whether more may match.
 */
export async function exportJobs(client: OpsClient, filters: Filters): Promise<string> {
  const jobs: ListedJob[] = [];
  let next: string | null = "";
  let readTo: string | null = null;
  for (let asked = 0; next !== null && asked < requestsAtMost; asked++) {
    if (jobs.length >= exportedAtMost) break;
    const query = { ...filters, limit: "100", ...(next && { cursor: next }) };
    const page: JobPage = await parseResponse(client.jobs.$get({ query }));
    jobs.push(...page.jobs);
    next = page.next_cursor;
    readTo = page.read_to;
  }
  const rows = jobs.slice(0, exportedAtMost);
  download("eco2-edge-jobs.csv", "text/csv", csvOf(columns, rows));
  const written = `${plural(rows.length, "job")} exported`;
  if (next === null && rows.length === jobs.length) return `${written}: all that match.`;
  const back = readTo === null ? "" : ` Ended jobs were searched back to ${readTo}.`;
  return `${written}; more may match.${back} Narrow the filters to get the rest.`;
}

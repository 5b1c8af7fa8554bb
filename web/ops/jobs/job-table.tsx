import type { ListedJob } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { When } from "../parts/when.tsx";
import { formatDuration, formatMoney } from "../format.ts";
import { hrefOf } from "../href.ts";
import { type Filters, hrefOfJobs } from "./job-view.ts";

/** The tone of each status. */
const statusTones: Record<ListedJob["status"], string> = {
  waiting: "",
  running: "live",
  retrying: "warn",
  parked: "bad",
  completed: "good",
  failed: "bad",
  cancelled: "",
};

interface Props {
  jobs: readonly ListedJob[];
  filters: Filters;
  ticked: ReadonlySet<string>;
  now: number;
  onTick: (id: string) => void;
}

/** The jobs of a page, with boxes to tick. */
export function JobTable({ jobs, filters, ticked, now, onTick }: Props) {
  const narrowed = (more: Filters) => hrefOfJobs({ ...filters, ...more });
  return (
    <DataTable
      label="Jobs"
      class="jobs"
      rows={jobs}
      keyOf={({ job_id }) => job_id}
      columns={[
        {
          head: "Tick",
          cell: ({ job_id }) => (
            <input
              type="checkbox"
              aria-label={`Tick ${job_id}`}
              checked={ticked.has(job_id)}
              onChange={() => onTick(job_id)}
            />
          ),
        },
        {
          head: "Status",
          cell: ({ status }) => <span class={`tag ${statusTones[status]}`}>{status}</span>,
        },
        {
          head: "Job",
          isHeader: true,
          cell: ({ job_id, test_of }) => (
            <>
              <a class="id row-link" href={hrefOf("jobs", job_id)} title={job_id}>
                {job_id.slice(0, 8)}
              </a>
              {test_of !== null && <span class="tag warn">test</span>}
            </>
          ),
        },
        { head: "Submitted", cell: ({ submitted_at }) => <When at={submitted_at} now={now} /> },
        {
          head: "At",
          cell: ({ stage, error }) => (
            <>
              {stage ?? "–"}
              {error && (
                <>
                  {" · "}
                  <a href={narrowed({ code: error.code })} title={error.message}>
                    {error.code}
                  </a>
                </>
              )}
            </>
          ),
        },
        {
          head: "User",
          class: "wide",
          cell: ({ user_id }) =>
            user_id === null ? (
              <span class="quiet">erased</span>
            ) : (
              <a href={narrowed({ user: user_id })}>{user_id}</a>
            ),
        },
        { head: "Model", class: "wide", cell: ({ model }) => model },
        { head: "Class", class: "wide", lang: "ko", cell: ({ category }) => category ?? "–" },
        { head: "Took", class: "number", cell: (job) => tookOf(job, now) },
        { head: "Cost", class: "number wide", cell: ({ cost_usd }) => formatMoney(cost_usd) },
      ]}
    />
  );
}

const tookOf = ({ submitted_at, ended_at }: ListedJob, now: number): string => {
  const to = ended_at === null ? now : Date.parse(ended_at);
  return formatDuration(Math.max(0, to - Date.parse(submitted_at)) / 1000);
};

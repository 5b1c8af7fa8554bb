import { parseResponse } from "hono/client";
import { useLayoutEffect, useState } from "hono/jsx/dom";
import { useAccess } from "../ops-access.ts";
import { plural } from "../format.ts";
import { cursorIn } from "../href.ts";
import { FormError } from "../parts/form-error.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Pager } from "../parts/pager.tsx";
import { useAction } from "../parts/use-action.ts";
import { When } from "../parts/when.tsx";
import { useNow } from "../use-now.ts";
import { usePolled } from "../use-polled.ts";
import { exportJobs } from "./export-jobs.ts";
import { JobActions } from "./job-actions.tsx";
import { JobFilters } from "./job-filters.tsx";
import { JobTable } from "./job-table.tsx";
import { filtersIn, hrefOfJobs } from "./job-view.ts";
import { JobViews } from "./job-views.tsx";
import { moveByKeys } from "./move-by-keys.ts";

/** All recent jobs, live. */
export function JobList({ query: text }: { query: string }) {
  const filters = filtersIn(text);
  const { client } = useAccess();
  const cursor = cursorIn(text);
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [done, setDone] = useState<string | null>(null);
  const exporting = useAction();
  const now = useNow(1_000);
  const query = { ...filters, ...(cursor !== null && { cursor }) };
  const polled = usePolled((ops, options) => parseResponse(ops.jobs.$get({ query }, options)), {
    key: `jobs ${hrefOfJobs(filters)} ${cursor ?? ""}`,
    everyMs: cursor === null ? 3_000 : null,
  });

  useLayoutEffect(() => {
    document.addEventListener("keydown", moveByKeys);
    return () => document.removeEventListener("keydown", moveByKeys);
  }, []);

  function tick(id: string) {
    const next = new Set(ticked);
    if (!next.delete(id)) next.add(id);
    setTicked(next);
  }

  return (
    <>
      <PageHead title="Jobs" polled={polled} />
      <JobViews filters={filters} />
      <JobFilters filters={filters} />
      <p role="status" class={done === null ? "unseen" : "notice"}>
        {done}
      </p>
      <Loaded polled={polled} what="the jobs">
        {({ jobs, next_cursor, read_to }) => {
          const chosen = jobs.filter(({ job_id }) => ticked.has(job_id));
          return (
            <section aria-label="Jobs">
              <div class="actions">
                <button
                  type="button"
                  disabled={jobs.length === 0}
                  onClick={() => setTicked(new Set(jobs.map(({ job_id }) => job_id)))}
                >
                  Tick all
                </button>
                <button
                  type="button"
                  disabled={exporting.busy}
                  onClick={() => exporting.act(() => exportJobs(client, filters).then(setDone))}
                >
                  {exporting.busy ? "Exporting …" : "CSV"}
                </button>
                <span class="hint wide">↑ ↓ move, Enter opens, Space ticks</span>
              </div>
              <FormError error={exporting.error} />
              {chosen.length > 0 && (
                <JobActions
                  jobs={chosen}
                  onClear={() => setTicked(new Set())}
                  onDone={(what) => {
                    setDone(what);
                    setTicked(new Set());
                    polled.again();
                  }}
                />
              )}
              {jobs.length === 0 ? (
                <p class="quiet">No job matches.</p>
              ) : (
                <JobTable {...{ jobs, filters, ticked, now }} onTick={tick} />
              )}
              {next_cursor !== null && read_to !== null && (
                <p class="hint">
                  {plural(jobs.length, "job")}. Ended jobs were searched back to{" "}
                  <When at={read_to} now={now} />.
                </p>
              )}
              <Pager newest={hrefOfJobs(filters)} cursor={cursor} next={next_cursor} />
            </section>
          );
        }}
      </Loaded>
    </>
  );
}

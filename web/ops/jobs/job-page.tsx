import type { Job } from "../ops-client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { useNow } from "../use-now.ts";
import { formatCount, formatDuration, formatMoney } from "../format.ts";
import { Timeline } from "./timeline-list.tsx";
import { timelineOf, totalsOf } from "./job-timeline.ts";
import { useJob } from "./use-job.ts";
import { WhyWaiting } from "./why-waiting.tsx";

/** One job, live: its status, timeline and costs. */
export function JobPage({ id }: { id: string }) {
  const { polled, events, connected } = useJob(id);
  const open = polled.data?.ended_at === null;
  const now = useNow(open ? 1_000 : null);
  const spans = timelineOf(events, polled.data?.calls);
  const totals = totalsOf(spans, now);
  return (
    <>
      <p class="back">
        <a href={hrefOf("jobs")}>Jobs</a>
      </p>
      <PageHead title="Job" polled={polled}>
        {open && (
          <span class={connected ? "tag good" : "tag warn"}>
            {connected ? "Live" : "Connecting"}
          </span>
        )}
      </PageHead>
      <p class="id">{id}</p>
      <Loaded polled={polled} what="the job">
        {(job) => (
          <>
            <p class="lead" role="status">
              {statusText(job)}
            </p>
            {job.waiting && <WhyWaiting waiting={job.waiting} />}
            <dl class="numbers">
              <Total name="Working" ms={totals.running} />
              <Total name="In queues" ms={totals.queue} />
              <Total name="Between tries" ms={totals.retry} />
              {totals.paused > 0 && <Total name="Paused" ms={totals.paused} />}
              <Total name="Parked" ms={totals.parked} />
              <div>
                <dt>Cost</dt>
                <dd>{formatMoney(job.usage.cost_usd)}</dd>
              </div>
            </dl>
            <section aria-labelledby="timeline">
              <h2 id="timeline">Timeline</h2>
              {spans.length === 0 ? (
                <p class="loading">Waiting for the events …</p>
              ) : (
                <Timeline spans={spans} now={now} />
              )}
            </section>
            <Facts job={job} />
          </>
        )}
      </Loaded>
    </>
  );
}

const Total = ({ name, ms }: { name: string; ms: number }) => (
  <div>
    <dt>{name}</dt>
    <dd>{ms === 0 ? "–" : formatDuration(ms / 1000)}</dd>
  </div>
);

function statusText({ status, stage, attempt, max_attempts }: Job): string {
  if (status === "running" || status === "queued") {
    return attempt === 0
      ? `Waits for ${stage}.`
      : `At ${stage}, attempt ${attempt} of ${max_attempts}.`;
  }
  return status === "parked" ? `Parked at ${stage}.` : `The scan ${endTexts[status]}.`;
}

const endTexts = { completed: "is completed", failed: "failed", cancelled: "was cancelled" };

const Facts = ({ job }: { job: Job }) => (
  <section aria-labelledby="facts">
    <h2 id="facts">Facts</h2>
    <dl class="facts">
      <dt>User</dt>
      <dd class="id">{job.user_id}</dd>
      <dt>Model asked for</dt>
      <dd>{job.model}</dd>
      <dt>Submitted</dt>
      <dd>
        <When at={job.submitted_at} />
      </dd>
      {job.ended_at !== null && (
        <>
          <dt>Ended</dt>
          <dd>
            <When at={job.ended_at} />
          </dd>
        </>
      )}
      <dt>Tokens</dt>
      <dd>
        {formatCount(job.usage.input_tokens)} in, {formatCount(job.usage.output_tokens)} out
      </dd>
      <dt>Trace</dt>
      <dd class="id">{job.traceparent.split("-")[1]}</dd>
    </dl>
  </section>
);

import type { Job } from "../ops-client.ts";
import { type Fact, Facts } from "../parts/facts.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { useNow } from "../use-now.ts";
import { formatCount, formatMoney, formatMs } from "../format.ts";
import { Timeline } from "./timeline-list.tsx";
import { timelineOf, totalsOf } from "./job-timeline.ts";
import { JobComparison } from "./job-comparison.tsx";
import { JobDeliveries } from "./job-deliveries.tsx";
import { JobTools } from "./job-tools.tsx";
import { useJob } from "./use-job.ts";
import { WhyWaiting } from "./why-waiting.tsx";

/** One job, live: its status, timeline, costs, webhooks and events. */
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
        {polled.data?.test_of != null && <span class="tag warn">Test</span>}
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
            {job.test_of !== null && <JobComparison job={job} />}
            <JobTools job={job} onChanged={polled.again} />
            <Facts
              class="numbers"
              facts={[
                ["Working", totalText(totals.running)],
                ["In queues", totalText(totals.queue)],
                ["Model calls", totalText(totals.calls)],
                ["Retry backoff", totalText(totals.retry)],
                totals.provider > 0 && ["Waiting for a provider", totalText(totals.provider)],
                totals.paused > 0 && ["Paused", totalText(totals.paused)],
                ["Parked", totalText(totals.parked)],
                ["Cost", formatMoney(job.usage.cost_usd)],
              ]}
            />
            <section aria-labelledby="timeline">
              <h2 id="timeline">Timeline</h2>
              {spans.length === 0 ? (
                <p class="loading">Waiting for the events …</p>
              ) : (
                <Timeline spans={spans} now={now} />
              )}
            </section>
            <JobDeliveries id={id} open={open} />
            <section aria-labelledby="facts">
              <h2 id="facts">Facts</h2>
              <Facts facts={factsOf(job)} />
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}

const totalText = (ms: number): string => (ms === 0 ? "–" : formatMs(ms));

function statusText({ status, stage, attempt, max_attempts }: Job): string {
  if (status === "running" || status === "queued") {
    return attempt === 0
      ? `Waits for ${stage}.`
      : `At ${stage}, attempt ${attempt} of ${max_attempts}.`;
  }
  return status === "parked" ? `Parked at ${stage}.` : `The scan ${endTexts[status]}.`;
}

const endTexts = { completed: "is completed", failed: "failed", cancelled: "was cancelled" };

const factsOf = ({ user_id, model, submitted_at, ended_at, usage, traceparent }: Job): Fact[] => [
  ["User", user_id, "id"],
  ["Model asked for", model],
  ["Submitted", <When at={submitted_at} />],
  ended_at !== null && ["Ended", <When at={ended_at} />],
  ["Tokens", `${formatCount(usage.input_tokens)} in, ${formatCount(usage.output_tokens)} out`],
  ["Trace", traceparent.split("-")[1], "id"],
];

import { useState } from "hono/jsx/dom";
import type { Incident, Overview } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { type Fact, Facts } from "../parts/facts.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { When } from "../parts/when.tsx";
import { RunningRedrives } from "../dead-letters/running-redrives.tsx";
import { RedriveDialog } from "../dead-letters/redrive-dialog.tsx";
import { formatCount, plural } from "../format.ts";
import { hrefOf } from "../href.ts";
import { hrefOfJobs } from "../jobs/job-view.ts";
import type { PageProps } from "../route.ts";
import { useOverview } from "../use-overview.ts";
import {
  causesOf,
  goingOn,
  incidentNamed,
  type IncidentStatus,
  jobsOf,
  redrivableOfIncident,
  totalOf,
} from "./incident-words.ts";

/** One incident of a provider: its root cause, the scans that it has stopped, and one redrive of them all. */
export function IncidentPage({ of }: PageProps) {
  const polled = useOverview();
  const name = of ?? "";
  return (
    <>
      <p class="back">
        <a href={hrefOf("")}>Now</a>
      </p>
      <PageHead title={titleOf(name, polled.data)} polled={polled} />
      <Loaded polled={polled} what="the incident">
        {(overview) => {
          const incident = incidentNamed(overview.incidents, name);
          return (
            <>
              {incident ? (
                <OpenIncident incident={incident} overview={overview} />
              ) : (
                <p class="all-well">The incident is over: no scan waits or is parked for it.</p>
              )}
              <RunningRedrives overview={overview} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

/** How many jobs of an incident have a status, with a link to those. */
function JobCount({ incident, status }: { incident: Incident; status: IncidentStatus }) {
  const count = totalOf(incident, status);
  if (count === 0) return <>0</>;
  return <a href={hrefOfJobs(jobsOf(incident, status))}>{formatCount(count)}</a>;
}

/** An alert's link names the provider alone. */
function titleOf(name: string, overview: Overview | null): string {
  const incident = overview && incidentNamed(overview.incidents, name);
  return incident ? `${incident.provider}: ${incident.error_code}` : name.split("/").join(": ");
}

function OpenIncident({ incident, overview }: { incident: Incident; overview: Overview }) {
  const [asks, setAsks] = useState(false);
  const { provider, error_message, since, breaker, stages } = incident;
  const causes = causesOf(incident, overview);
  const [open, parked] = [totalOf(incident, ...goingOn), totalOf(incident, "parked")];
  return (
    <section aria-label="The incident">
      {error_message !== null && <p class="lead">{error_message}</p>}
      <Facts
        facts={[
          ["Since", <When at={since} />],
          ["Breaker", breaker],
          ...goingOn.map((status): Fact => [
            status.replace(/^./, (first) => first.toUpperCase()),
            <JobCount incident={incident} status={status} />,
          ]),
          ["Parked", <JobCount incident={incident} status="parked" />, parked > 0 ? "bad" : ""],
          ["Redriving", formatCount(totalOf(incident, "redriving"))],
        ]}
      />
      {open > 0 && (
        <p class="hint">
          They go on by themselves when {provider} answers. Those that wait use no attempts.
        </p>
      )}
      {parked > 0 && (
        <p class="actions">
          <button type="button" class="primary" onClick={() => setAsks(true)}>
            Redrive {formatCount(parked)} …
          </button>
          <span class="hint">
            One goes first{breaker !== "closed" && ", and its success closes the breaker"}.
          </span>
        </p>
      )}
      {stages.length > 0 && (
        <DataTable
          label="Scans by stage"
          class="narrow"
          rows={stages}
          keyOf={({ stage }) => stage}
          columns={[
            { head: "Stage", isHeader: true, cell: ({ stage }) => stage },
            { head: "Waiting", count: (it) => it.waiting },
            { head: "Retrying", count: (it) => it.retrying },
            { head: "Running", count: (it) => it.running },
            { head: "Parked", count: (it) => it.parked },
            { head: "Redriving", count: (it) => it.redriving },
          ]}
        />
      )}
      {causes.length > 0 && (
        <>
          <h2>Parked by cause</h2>
          <ul class="plain-list">
            {causes.map(({ fingerprint, error_code, source, model, dead_letters }) => (
              <li key={fingerprint}>
                <a href={hrefOf("dead-letters", fingerprint)}>
                  {error_code} at {source}
                </a>{" "}
                <span class="quiet">
                  · {plural(dead_letters, "scan")}
                  {model !== null && ` · ${model}`}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {asks && (
        <RedriveDialog
          of={redrivableOfIncident(incident, overview)}
          onClosed={() => setAsks(false)}
        />
      )}
    </section>
  );
}

import { parseResponse } from "hono/client";
import { useLayoutEffect, useState } from "hono/jsx/dom";
import type { Health, Overview } from "../ops-client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { RangeChoice, rangeIn } from "../parts/range-choice.tsx";
import { hrefOf } from "../href.ts";
import type { PageProps } from "../route.ts";
import { useOverview } from "../use-overview.ts";
import { usePolled } from "../use-polled.ts";
import { formatDuration, formatRate } from "../format.ts";
import { BandList } from "./band-list.tsx";
import { type Band, bandsOf } from "./bands.ts";
import { Chart } from "./chart.tsx";
import { failureMinutes, stageMinutes } from "./minute-lines.ts";
import {
  latencyLines,
  type LivePoint,
  livePointOf,
  queueLines,
  queueLinesOf,
  stageLines,
} from "./lines.ts";
import { QueueTable } from "./queue-table.tsx";
import { ProjectionTable } from "./projection-table.tsx";

/** In hours. */
const range = {
  name: "hours",
  ranges: [
    [1, "1 h"],
    [6, "6 h"],
    [24, "24 h"],
    [168, "7 d"],
  ],
} as const;
/** An hour of samples. */
const maxPoints = 720;
/** The shortest time span of a chart, s. */
const minSpanSeconds = 5 * 60;

/** Queues and stages, now and over time. */
export function HealthPage({ query }: PageProps) {
  const hours = rangeIn(query, range, 1);
  const live = useLivePoints();
  const polled = usePolled(
    (client, options) =>
      parseResponse(client.health.$get({ query: { hours: String(hours) } }, options)),
    { key: `health ${hours}`, everyMs: 60_000 },
  );
  const bands = useBands(live.polled.data);
  return (
    <>
      <PageHead title="Health" polled={live.polled} />
      <RangeChoice {...range} chosen={hours} href={hrefOf("health")} />
      <Loaded polled={polled} what="health">
        {(health) => <Charts health={health} live={live.points} bands={bands} />}
      </Loaded>
      <Loaded polled={live.polled} what="queues">
        {(overview) => (
          <>
            <QueueTable queues={overview.queues} />
            <ProjectionTable projections={overview.projections} />
          </>
        )}
      </Loaded>
    </>
  );
}

/** What the charts mark: the failures of providers, and pauses. */
function useBands(overview: Overview | null): Band[] {
  const { data } = usePolled(
    async (client, options) => {
      // Asked for by name: other alerts and changes may be many.
      const failing = { rule: "provider_failing", limit: "100" };
      const [{ alerts }, { entries }] = await Promise.all([
        parseResponse(client.alerts.history.$get({ query: failing }, options)),
        parseResponse(client.audit.$get({ query: { action: "stage." } }, options)),
      ]);
      return { alerts, entries };
    },
    { key: "bands", everyMs: 60_000 },
  );
  return data && overview ? bandsOf(data.alerts, data.entries, overview) : [];
}

/** Samples of the queues, every few seconds since the page was opened. */
function useLivePoints() {
  const polled = useOverview();
  const [points, setPoints] = useState<readonly LivePoint[]>([]);
  const { data } = polled;
  useLayoutEffect(() => {
    if (data) setPoints((before) => [...before, livePointOf(data)].slice(-maxPoints));
  }, [data]);
  return { polled, points };
}

interface ChartsProps {
  health: Health;
  live: readonly LivePoint[];
  bands: readonly Band[];
}

function Charts({ health, live, bands: all }: ChartsProps) {
  const [selected, setSelected] = useState("stages");
  const to = Math.max(Date.parse(health.to) / 1000, live.at(-1)?.at ?? 0);
  const first = Math.min(Date.parse(health.at[0] ?? health.to) / 1000, to - minSpanSeconds);
  const span = { from: Math.max(Date.parse(health.from) / 1000, first), to };
  const isHour = health.hours === 1;
  const hour = { from: Date.parse(health.minutes.from) / 1000, to };
  const bands = all.filter(
    (band) => (band.to ?? to) > (isHour ? hour.from : span.from) && band.from < to,
  );
  const queues = queueLinesOf(health, selected);
  return (
    <>
      <BandList bands={bands} />
      <section aria-labelledby="queues-over-time">
        <h2 id="queues-over-time">Queues</h2>
        <p class="choice">
          <label for="lines">Lines</label>
          <select
            id="lines"
            onChange={({ currentTarget }: Event) => {
              if (currentTarget instanceof HTMLSelectElement) setSelected(currentTarget.value);
            }}
          >
            <option value="stages">one for each stage</option>
            {health.stages.map(({ stage }) => (
              <option key={stage} value={stage}>
                queues of {stage}
              </option>
            ))}
            <option value="others">webhooks and writes</option>
          </select>
        </p>
        <div class="charts">
          <Chart
            title="Messages waiting"
            lines={queueLines(health, live, "messages", queues)}
            unit={formatRate}
            floor={10}
            bands={bands}
            {...span}
          />
          <Chart
            title="Age of the oldest"
            lines={queueLines(health, live, "oldest_age_s", queues)}
            unit={formatDuration}
            floor={10}
            bands={bands}
            {...span}
          />
        </div>
      </section>
      <section aria-labelledby="stages-over-time">
        <h2 id="stages-over-time">Stages</h2>
        <div class="charts">
          {health.stages.map((stage) => (
            <Chart
              key={stage.stage}
              title={`${stage.stage}, a minute`}
              lines={isHour ? stageMinutes(health, stage.stage) : stageLines(health, stage)}
              unit={formatRate}
              floor={2}
              bands={bands}
              {...(isHour ? hour : span)}
            />
          ))}
          {isHour && (
            <Chart
              title="Failures by code, a minute"
              lines={failureMinutes(health)}
              unit={formatRate}
              floor={2}
              bands={bands}
              {...hour}
            />
          )}
          <Chart
            title="Duration of an attempt, p95"
            lines={latencyLines(health)}
            unit={formatDuration}
            floor={0.5}
            bands={bands}
            {...span}
          />
        </div>
      </section>
    </>
  );
}

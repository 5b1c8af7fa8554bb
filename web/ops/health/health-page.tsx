import { parseResponse } from "hono/client";
import { useLayoutEffect, useState } from "hono/jsx/dom";
import type { Health } from "../ops-client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { useOverview } from "../use-overview.ts";
import { usePolled } from "../use-polled.ts";
import { formatDuration, formatRate } from "../format.ts";
import { Chart } from "./chart.tsx";
import {
  latencyLines,
  type LivePoint,
  livePointOf,
  queueLines,
  queueLinesOf,
  stageLines,
} from "./lines.ts";
import { QueueTable } from "./queue-table.tsx";
import { RangeChoice } from "./range-choice.tsx";
import { ProjectionTable } from "./projection-table.tsx";

/** An hour of samples. */
const maxPoints = 720;
/** The shortest time span of a chart, s. */
const minSpanSeconds = 5 * 60;

/** Queues and stages, now and over time. */
export function HealthPage() {
  const [hours, setHours] = useState(1);
  const live = useLivePoints();
  const polled = usePolled(
    (client, options) =>
      parseResponse(client.health.$get({ query: { hours: String(hours) } }, options)),
    { key: `health ${hours}`, everyMs: 60_000 },
  );
  return (
    <>
      <PageHead title="Health" polled={live.polled} />
      <RangeChoice hours={hours} onChosen={setHours} />
      <Loaded polled={polled} what="health">
        {(health) => <Charts health={health} live={live.points} />}
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

function Charts({ health, live }: { health: Health; live: readonly LivePoint[] }) {
  const [selected, setSelected] = useState("stages");
  const to = Math.max(Date.parse(health.to) / 1000, live.at(-1)?.at ?? 0);
  const first = Math.min(Date.parse(health.at[0] ?? health.to) / 1000, to - minSpanSeconds);
  const span = { from: Math.max(Date.parse(health.from) / 1000, first), to };
  const queues = queueLinesOf(health, selected);
  return (
    <>
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
            {...span}
          />
          <Chart
            title="Age of the oldest"
            lines={queueLines(health, live, "oldest_age_s", queues)}
            unit={formatDuration}
            floor={10}
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
              lines={stageLines(health, stage)}
              unit={formatRate}
              floor={2}
              {...span}
            />
          ))}
          <Chart
            title="Duration of an attempt, p95"
            lines={latencyLines(health)}
            unit={formatDuration}
            floor={0.5}
            {...span}
          />
        </div>
      </section>
    </>
  );
}

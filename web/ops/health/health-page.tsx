import { useState } from "hono/jsx/dom";
import { bodyOf } from "../api/answer.ts";
import type { OpsClient } from "../api/client.ts";
import type { Health } from "../api/shapes.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { usePolled } from "../use-polled.ts";
import { durationWords, rateWords } from "../words.ts";
import { Chart } from "./chart.tsx";
import { latencyLines, type LivePoint, queueLines, queueLinesOf, stageLines } from "./lines.ts";
import { QueueTable } from "./queue-table.tsx";
import { RangeChoice } from "./range-choice.tsx";
import { ReaderTable } from "./reader-table.tsx";
import { useLivePoints } from "./use-live-points.ts";

/** What is known of less is not drawn at the edge of an empty hour, but over so much, s. */
const leastSeconds = 5 * 60;

/** How queues and stages are doing, and were. */
export function HealthPage() {
  const [hours, setHours] = useState(1);
  const live = useLivePoints();
  const polled = usePolled(
    (client: OpsClient, signal: AbortSignal) => {
      const asked = { query: { hours: String(hours) } };
      return bodyOf(client.health.$get(asked, { init: { signal } }));
    },
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
            <ReaderTable readers={overview.readers} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Charts({ health, live }: { health: Health; live: readonly LivePoint[] }) {
  const [shown, setShown] = useState("stages");
  const to = Math.max(Date.parse(health.to) / 1000, live.at(-1)?.at ?? 0);
  const first = Math.min(Date.parse(health.at[0] ?? health.to) / 1000, to - leastSeconds);
  const span = { from: Math.max(Date.parse(health.from) / 1000, first), to };
  const queues = queueLinesOf(health, shown);
  return (
    <>
      <section aria-labelledby="queues-over-time">
        <h2 id="queues-over-time">Queues</h2>
        <p class="choice">
          <label for="lines">Lines</label>
          <select
            id="lines"
            onChange={({ currentTarget }: Event) => {
              if (currentTarget instanceof HTMLSelectElement) setShown(currentTarget.value);
            }}
          >
            <option value="stages">one for each stage</option>
            {health.stages.map(({ stage }) => (
              <option key={stage} value={stage}>
                queues of {stage}
              </option>
            ))}
            <option value="others">webhooks and saves</option>
          </select>
        </p>
        <div class="charts">
          <Chart
            title="Messages waiting"
            lines={queueLines(health, live, "messages", queues)}
            unit={rateWords}
            floor={10}
            {...span}
          />
          <Chart
            title="Age of the oldest"
            lines={queueLines(health, live, "oldest_age_s", queues)}
            unit={durationWords}
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
              unit={rateWords}
              floor={2}
              {...span}
            />
          ))}
          <Chart
            title="Duration of an attempt, p95"
            lines={latencyLines(health)}
            unit={durationWords}
            floor={0.5}
            {...span}
          />
        </div>
      </section>
    </>
  );
}

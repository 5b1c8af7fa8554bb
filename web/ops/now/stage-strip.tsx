import type { Overview, QueueNow } from "../ops-client.ts";
import { Facts } from "../parts/facts.tsx";
import { hrefOf } from "../href.ts";
import { formatCount, formatDuration } from "../format.ts";

/** Every stage in order, with its backlog and its dead letters. */
export function StageStrip({ overview }: { overview: Overview }) {
  const stages = overview.dead_letters.filter(({ kind }) => kind === "stage");
  return (
    <section aria-labelledby="stages">
      <h2 id="stages">Stages</h2>
      <p class="hint">
        Running, retrying and waiting count scans that are open for longer than about 10 s; messages
        count from the first second on.
      </p>
      <ol class="stage-strip">
        {stages.map(({ source: stage, parked, redriving }) => {
          const queues = overview.queues.filter((it) => it.kind === "stage" && it.stage === stage);
          const jobs = overview.jobs.find((it) => it.stage === stage);
          const paused = overview.control?.paused.some((it) => it.stage === stage) ?? false;
          return (
            <li key={stage}>
              <h3>
                {stage}
                {paused && <span class="tag warn">Paused</span>}
              </h3>
              <Facts
                facts={[
                  ["Running", formatCount(jobs?.running ?? 0)],
                  ["Retrying", formatCount(jobs?.retrying ?? 0)],
                  ["Waiting", formatCount(jobs?.waiting ?? 0)],
                  [
                    "Parked",
                    parked > 0 ? <a href={hrefOf("dead-letters")}>{formatCount(parked)}</a> : 0,
                    parked > 0 ? "bad" : "",
                  ],
                  ["Redriving", formatCount(redriving)],
                  ["Messages", backlogOf(queues)],
                  ["Oldest", oldestAgeOf(queues)],
                ]}
              />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function backlogOf(queues: QueueNow[]): string {
  const counts = queues.flatMap(({ messages }) => messages ?? []);
  if (counts.length === 0) return "unknown";
  return formatCount(counts.reduce((sum, messages) => sum + messages, 0));
}

function oldestAgeOf(queues: QueueNow[]): string {
  const oldest = Math.max(0, ...queues.map(({ oldest_age_s }) => oldest_age_s ?? 0));
  return oldest === 0 ? "–" : formatDuration(oldest);
}

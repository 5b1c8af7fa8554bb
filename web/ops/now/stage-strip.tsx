import type { Overview, QueueNow } from "../api/shapes.ts";
import { hrefOf } from "../address.ts";
import { countWords, durationWords } from "../words.ts";

/** Every stage of a scan, in its order: what waits, for how long, and what was given up. */
export function StageStrip({ overview }: { overview: Overview }) {
  return (
    <section aria-labelledby="stages">
      <h2 id="stages">Stages</h2>
      <ol class="stage-strip">
        {overview.letters.map(({ stage, parked, redriving }) => {
          const queues = overview.queues.filter((it) => it.kind === "stage" && it.stage === stage);
          const paused = overview.control?.paused.some((it) => it.stage === stage) ?? false;
          return (
            <li key={stage}>
              <h3>
                {stage}
                {paused && <span class="tag warn">Paused</span>}
              </h3>
              <dl>
                <dt>Waiting</dt>
                <dd>{waitingWords(queues)}</dd>
                <dt>Oldest</dt>
                <dd>{oldestWords(queues)}</dd>
                <dt>Parked</dt>
                <dd class={parked > 0 ? "bad-ink" : ""}>
                  {parked > 0 ? <a href={hrefOf("letters")}>{countWords(parked)}</a> : 0}
                </dd>
                <dt>Redriving</dt>
                <dd>{countWords(redriving)}</dd>
              </dl>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function waitingWords(queues: QueueNow[]): string {
  const known = queues.flatMap(({ messages }) => messages ?? []);
  if (known.length === 0) return "not known";
  return countWords(known.reduce((sum, messages) => sum + messages, 0));
}

function oldestWords(queues: QueueNow[]): string {
  const oldest = Math.max(0, ...queues.map(({ oldest_age_s }) => oldest_age_s ?? 0));
  return oldest === 0 ? "–" : durationWords(oldest);
}

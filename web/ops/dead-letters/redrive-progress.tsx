import type { Redrive } from "../ops-client.ts";
import { formatCount } from "../format.ts";
import { redriveWords } from "./redrive-words.ts";

/** How far a redrive is: the settled ones of all that it takes. */
export function RedriveProgress({ run }: { run: Redrive }) {
  const { progress } = run;
  const { taken, running, recovered, failed_again, discarded } = progress;
  const all = taken + (run.remaining ?? 0);
  return (
    <section class="redrive-progress" aria-label="Progress">
      <p class="lead" role="status">
        {redriveWords(run)}
      </p>
      <progress max={Math.max(1, all)} value={taken - running} aria-label="Settled" />
      <dl class="numbers">
        <div>
          <dt>To take</dt>
          <dd>{formatCount(run.remaining ?? 0)}</dd>
        </div>
        <div>
          <dt>Running</dt>
          <dd>{formatCount(running)}</dd>
        </div>
        {run.action === "discard" ? (
          <div>
            <dt>Discarded</dt>
            <dd>{formatCount(discarded)}</dd>
          </div>
        ) : (
          <>
            <div class="good">
              <dt>Recovered</dt>
              <dd>{formatCount(recovered)}</dd>
            </div>
            <div class={failed_again > 0 ? "bad-ink" : ""}>
              <dt>Failed again</dt>
              <dd>{formatCount(failed_again)}</dd>
            </div>
          </>
        )}
      </dl>
    </section>
  );
}

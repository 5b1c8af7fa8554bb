import type { Redrive } from "../ops-client.ts";
import { Facts } from "../parts/facts.tsx";
import { formatCount } from "../format.ts";
import { redriveWords } from "./redrive-words.ts";

/** How far a redrive is: the settled ones of all that it takes. */
export function RedriveProgress({ run }: { run: Redrive }) {
  const { taken, running, recovered, failed_again, cancelled, discarded, left_parked } =
    run.progress;
  const remaining = run.remaining ?? 0;
  const discards = run.action === "discard";
  return (
    <section aria-label="Progress">
      <p class="lead" role="status">
        {redriveWords(run)}
      </p>
      <progress max={Math.max(1, taken + remaining)} value={taken - running} aria-label="Settled" />
      <Facts
        class="numbers"
        facts={[
          ["To take", formatCount(remaining)],
          ["Running", formatCount(running)],
          discards && ["Discarded", formatCount(discarded)],
          !discards && ["Recovered", formatCount(recovered), "good"],
          !discards && ["Failed again", formatCount(failed_again), failed_again > 0 ? "bad" : ""],
          cancelled > 0 && ["Cancelled", formatCount(cancelled)],
          left_parked > 0 && ["Left parked", formatCount(left_parked), "bad"],
        ]}
      />
    </section>
  );
}

import type { Overview } from "../ops-client.ts";
import { hrefOf } from "../href.ts";
import { formatCount } from "../format.ts";

/** What is being redriven at this moment. */
export function RunningRedrives({ overview: { redrives } }: { overview: Overview }) {
  if (redrives.length === 0) return null;
  return (
    <section aria-labelledby="running">
      <h2 id="running">Under way</h2>
      <ul class="plain-list">
        {redrives.map(({ id, action, by, why, progress }) => (
          <li key={id}>
            <a href={hrefOf("redrives", id)}>
              {action} by {by}: {why}
            </a>{" "}
            <span class="quiet">
              · {formatCount(progress.taken)} taken, {formatCount(progress.recovered)} recovered
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

import type { Overview } from "../api/shapes.ts";
import { hrefOf } from "../address.ts";
import { countWords } from "../words.ts";

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
              · {countWords(progress.taken)} taken, {countWords(progress.recovered)} recovered
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

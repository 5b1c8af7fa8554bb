import type { Overview } from "../ops-client.ts";
import { When } from "../parts/when.tsx";
import { formatCount } from "../format.ts";

/** Grants and events that could not be saved; the cron sends them again, up to three times. */
export const Saves = ({ open }: { open: Overview["saves"] }) => (
  <section aria-labelledby="saves">
    <h2 id="saves">Saves that did not go through</h2>
    {open.length === 0 ? (
      <p class="quiet">All grants and events were saved.</p>
    ) : (
      <ul class="plain-list">
        {open.map(({ queue, parked, redriving, oldest_at }) => (
          <li key={queue}>
            <strong>{queue}</strong>: {formatCount(parked)} parked, {formatCount(redriving)} on
            their way{" "}
            <span class="quiet">
              · oldest <When at={oldest_at} />
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
);

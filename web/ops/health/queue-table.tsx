import type { QueueNow } from "../ops-client.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { formatCount, formatDuration, plural } from "../format.ts";

/** Queues with messages, or with an unknown backlog, as a table, and the names of the others. */
export function QueueTable({ queues }: { queues: QueueNow[] }) {
  const [empty, filled] = [
    queues.filter(({ messages }) => messages === 0),
    queues.filter(({ messages }) => messages !== 0),
  ];
  return (
    <section aria-labelledby="queues-now">
      <h2 id="queues-now">Queues now</h2>
      {filled.length > 0 && (
        <Scrolled label="Queues with messages">
          <table class="narrow">
            <thead>
              <tr>
                <th scope="col">Queue</th>
                <th scope="col" class="number">
                  Messages
                </th>
                <th scope="col" class="number">
                  Oldest
                </th>
              </tr>
            </thead>
            <tbody>
              {filled.map(({ name, messages, oldest_age_s }) => (
                <tr key={name}>
                  <th scope="row" class="id">
                    {name}
                  </th>
                  <td class="number">{messages === null ? "unknown" : formatCount(messages)}</td>
                  <td class="number">{oldest_age_s ? formatDuration(oldest_age_s) : "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
      <p class="quiet">
        {empty.length === queues.length
          ? "All are empty: "
          : `${plural(empty.length, "is", "are")} empty: `}
        {empty.map(({ name }) => name).join(", ")}.
      </p>
    </section>
  );
}

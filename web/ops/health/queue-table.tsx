import type { QueueNow } from "../api/shapes.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { countWords, durationWords, plural } from "../words.ts";

/** Every queue as it is now: those that hold something, or could not be read, and the rest by name. */
export function QueueTable({ queues }: { queues: QueueNow[] }) {
  const [empty, holding] = [
    queues.filter(({ messages }) => messages === 0),
    queues.filter(({ messages }) => messages !== 0),
  ];
  return (
    <section aria-labelledby="queues-now">
      <h2 id="queues-now">Queues now</h2>
      {holding.length > 0 && (
        <Scrolled label="Queues that hold something">
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
              {holding.map(({ name, messages, oldest_age_s }) => (
                <tr key={name}>
                  <th scope="row" class="id">
                    {name}
                  </th>
                  <td class="number">{messages === null ? "not known" : countWords(messages)}</td>
                  <td class="number">{oldest_age_s ? durationWords(oldest_age_s) : "–"}</td>
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

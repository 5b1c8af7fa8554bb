import type { DeadLetters } from "../ops-client.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { formatCount } from "../format.ts";

type DeadLetter = DeadLetters["dead_letters"][number];

/** Dead letters one by one, and when each is redriven automatically. */
export function DeadLetterTable({ deadLetters }: { deadLetters: DeadLetter[] }) {
  if (deadLetters.length === 0) return <p class="quiet">There is none.</p>;
  return (
    <Scrolled label="Dead letters">
      <table>
        <thead>
          <tr>
            <th scope="col">Of</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Attempts
            </th>
            <th scope="col" class="number">
              Redrives
            </th>
            <th scope="col">First seen</th>
            <th scope="col">Last seen</th>
            <th scope="col">Automatic redrive</th>
          </tr>
        </thead>
        <tbody>
          {deadLetters.map((deadLetter) => (
            <tr key={deadLetter.id}>
              <th scope="row">
                {deadLetter.job_id === null ? (
                  <span class="quiet">{messageWords(deadLetter)}</span>
                ) : (
                  <a class="id" href={hrefOf("jobs", deadLetter.job_id)} title={deadLetter.job_id}>
                    {deadLetter.job_id.slice(0, 8)}
                  </a>
                )}
              </th>
              <td>{deadLetter.status}</td>
              <td class="number">{formatCount(deadLetter.attempts)}</td>
              <td class="number">{formatCount(deadLetter.redrives)}</td>
              <td>
                <When at={deadLetter.first_seen_at} />
              </td>
              <td>
                <When at={deadLetter.last_seen_at} />
              </td>
              <td>{nextWords(deadLetter)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

const messageWords = ({ kind, body, error_code }: DeadLetter) => {
  if (error_code === "MESSAGE_UNREADABLE") return "message that could not be read";
  return kind === "write" && body !== null ? "message" : "event in the archive";
};

/** There are three automatic redrives; then a dead letter is given up. */
function nextWords({ status, redrives, next_redrive_at }: DeadLetter) {
  if (status !== "parked") return <span class="quiet">–</span>;
  if (next_redrive_at === null) return "none: an operator redrives it";
  if (redrives >= 3) return "given up at the next run";
  if (next_redrive_at <= Date.now()) return "redriven at the next run";
  return (
    <>
      redriven <When at={next_redrive_at} />
    </>
  );
}

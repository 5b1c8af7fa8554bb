import type { Letters } from "../ops-client.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { formatCount } from "../format.ts";

type Letter = Letters["letters"][number];

/** Letters one by one, with what will happen to each by itself. */
export function LetterTable({ letters }: Pick<Letters, "letters">) {
  if (letters.length === 0) return <p class="quiet">There is none.</p>;
  return (
    <Scrolled label="Letters">
      <table>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Attempts
            </th>
            <th scope="col" class="number">
              Redrives
            </th>
            <th scope="col">First seen</th>
            <th scope="col">Last seen</th>
            <th scope="col">By itself</th>
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            <tr key={letter.id}>
              <th scope="row">
                {letter.job_id === null ? (
                  <span class="quiet">message that could not be read</span>
                ) : (
                  <a class="id" href={hrefOf("jobs", letter.job_id)} title={letter.job_id}>
                    {letter.job_id.slice(0, 8)}
                  </a>
                )}
              </th>
              <td>{letter.status}</td>
              <td class="number">{formatCount(letter.attempts)}</td>
              <td class="number">{formatCount(letter.redrives)}</td>
              <td>
                <When at={letter.first_seen_at} />
              </td>
              <td>
                <When at={letter.last_seen_at} />
              </td>
              <td>{nextWords(letter)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

/** The automatic redrive has three tries; then it gives a letter up. */
function nextWords({ status, redrives, next_redrive_at }: Letter) {
  if (status !== "parked") return <span class="quiet">–</span>;
  if (redrives >= 3) return "given up at the next run";
  if (next_redrive_at <= Date.now()) return "redriven at the next run";
  return (
    <>
      redriven <When at={next_redrive_at} />
    </>
  );
}

import type { Redrives as Runs } from "../ops-client.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { When } from "../parts/when.tsx";
import { hrefOf } from "../href.ts";
import { formatCount } from "../format.ts";

/** What operators have decided about many dead letters, the last first. */
export function Redrives({ runs }: { runs: Runs }) {
  if (runs.length === 0) return <p class="quiet">Nothing was redriven by hand so far.</p>;
  return (
    <Scrolled label="Redrives">
      <table>
        <thead>
          <tr>
            <th scope="col">Began</th>
            <th scope="col">What</th>
            <th scope="col">Status</th>
            <th scope="col" class="number">
              Taken
            </th>
            <th scope="col" class="number">
              Recovered
            </th>
            <th scope="col" class="number">
              Failed again
            </th>
            <th scope="col">By</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ id, created_at, action, filter, status, progress, by, why }) => (
            <tr key={id}>
              <td>
                <When at={created_at} />
              </td>
              <th scope="row">
                <a href={hrefOf("redrives", id)}>{action}</a>{" "}
                <span class="quiet">{Object.values(filter).join(" ")}</span>
              </th>
              <td>{status}</td>
              <td class="number">{formatCount(progress.taken)}</td>
              <td class="number">{formatCount(progress.recovered)}</td>
              <td class="number">{formatCount(progress.failed_again)}</td>
              <td>{by}</td>
              <td class="words">{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

import type { Overview } from "../ops-client.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { When } from "../parts/when.tsx";
import { formatCount } from "../format.ts";

/** The projections of the event log, and how far each is behind. */
export const ProjectionTable = ({ readers }: Pick<Overview, "readers">) => (
  <section aria-labelledby="projections">
    <h2 id="projections">Projections of the event log</h2>
    <Scrolled label="Projections of the event log">
      <table class="narrow">
        <thead>
          <tr>
            <th scope="col">Projection</th>
            <th scope="col" class="number">
              Behind
            </th>
            <th scope="col" class="number">
              Dead letters
            </th>
            <th scope="col">Updated</th>
          </tr>
        </thead>
        <tbody>
          {readers.map(({ name, lag, dead_letters, updated_at }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{formatCount(lag)}</td>
              <td class="number">{formatCount(dead_letters)}</td>
              <td>
                <When at={updated_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  </section>
);

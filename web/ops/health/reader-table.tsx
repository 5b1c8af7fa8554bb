import type { Overview } from "../api/shapes.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { When } from "../parts/when.tsx";
import { countWords } from "../words.ts";

/** Who reads the event log, and how far each is. */
export const ReaderTable = ({ readers }: Pick<Overview, "readers">) => (
  <section aria-labelledby="readers">
    <h2 id="readers">Readers of the event log</h2>
    <Scrolled label="Readers of the event log">
      <table class="narrow">
        <thead>
          <tr>
            <th scope="col">Reader</th>
            <th scope="col" class="number">
              Behind
            </th>
            <th scope="col" class="number">
              Left out
            </th>
            <th scope="col">Moved</th>
          </tr>
        </thead>
        <tbody>
          {readers.map(({ name, lag, dead_letters, updated_at }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{countWords(lag)}</td>
              <td class="number">{countWords(dead_letters)}</td>
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

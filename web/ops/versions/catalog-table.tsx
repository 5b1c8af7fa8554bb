import type { Catalog } from "../ops-client.ts";
import { Scrolled } from "../parts/scrolled.tsx";
import { plural } from "../format.ts";

/** The characters, and the category that each is awarded for. */
export const CatalogTable = ({ catalog: { version, characters } }: { catalog: Catalog }) => (
  <>
    <p>
      Version <strong>{version}</strong>, {plural(characters.length, "character")}.
    </p>
    <Scrolled label="Characters">
      <table>
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">Awarded for</th>
          </tr>
        </thead>
        <tbody lang="ko">
          {characters.map(({ code, name, type, match }) => (
            <tr key={code}>
              <th scope="row" class="id" lang="en">
                {code}
              </th>
              <td>{name}</td>
              <td>{type}</td>
              <td>{match}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
    <p class="hint">
      Changed with <code>PUT /api/v1/ops/catalog/CODE</code>, with a name and a reason; it takes
      effect within five seconds. <a href="/docs">The API</a>
    </p>
  </>
);

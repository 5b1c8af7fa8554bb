import type { Catalog } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { plural } from "../format.ts";

/** The characters, and the category that each is awarded for. */
export const CatalogTable = ({ catalog: { version, characters } }: { catalog: Catalog }) => (
  <>
    <p>
      Version <strong>{version}</strong>, {plural(characters.length, "character")}.
    </p>
    <DataTable
      label="Characters"
      lang="ko"
      rows={characters}
      keyOf={({ code }) => code}
      columns={[
        { head: "Code", isHeader: true, class: "id", lang: "en", cell: ({ code }) => code },
        { head: "Name", cell: ({ name }) => name },
        { head: "Type", cell: ({ type }) => type },
        { head: "Awarded for", cell: ({ match }) => match },
      ]}
    />
    <p class="hint">
      Changed with <code>PUT /api/v1/ops/catalog/CODE</code>, with a name and a reason; it takes
      effect within five seconds. <a href="/docs">The API</a>
    </p>
  </>
);

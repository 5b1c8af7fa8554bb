import type { InferResponseType } from "hono/client";
import type { OpsClient } from "../ops-client.ts";
import { DataTable } from "../parts/data-table.tsx";
import { plural } from "../format.ts";

type Published = InferResponseType<OpsClient["regulations"]["$get"]>;

/** The version that new scans use, and those for a rollback. */
export function RegulationVersions({ published }: { published: Published }) {
  const { active, others, complete } = published;
  return (
    <>
      {active === null ? (
        <p class="notice bad">None is published: scans wait for it.</p>
      ) : (
        <p>
          In use: <strong class="id">{active.version}</strong>,{" "}
          {plural(active.documents, "document")} and{" "}
          {plural(active.municipalities, "municipality", "municipalities")}
          {!active.whole && <span class="toned bad"> – not whole in KV</span>}.
        </p>
      )}
      {others.length === 0 ? (
        <p class="quiet">No other version is in KV.</p>
      ) : (
        <DataTable
          label="Other versions"
          caption="Published before, and still in KV"
          rows={others}
          keyOf={({ version }) => version}
          columns={[
            { head: "Version", isHeader: true, class: "id", cell: ({ version }) => version },
            { head: "Documents", count: ({ documents }) => documents },
            {
              head: "Differs from the one in use in",
              class: "words",
              cell: ({ whole, differs }) =>
                whole ? (differs?.join(", ") ?? "unknown") : "incomplete",
            },
          ]}
        />
      )}
      {!complete && <p class="hint">There are more than are shown.</p>}
      <p class="hint">
        Changed from a checkout: <code>npm run regulations:publish -- --remote</code>, and back with{" "}
        <code>npm run regulations:rollback -- VERSION --remote</code>. A scan keeps to the version
        that it read first.
      </p>
    </>
  );
}

import { parseResponse } from "hono/client";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { usePolled } from "../use-polled.ts";
import { CatalogTable } from "./catalog-table.tsx";
import { RegulationVersions } from "./regulation-versions.tsx";

const everyMs = 60_000;

/** The active regulations and character catalog. */
export function VersionsPage() {
  const catalog = usePolled(
    (client, options) => parseResponse(client.catalog.$get(undefined, options)),
    { key: "catalog", everyMs },
  );
  const regulations = usePolled(
    (client, options) => parseResponse(client.regulations.$get(undefined, options)),
    { key: "regulations", everyMs },
  );
  return (
    <>
      <PageHead title="Versions" polled={catalog} />
      <section aria-labelledby="regulations">
        <h2 id="regulations">Regulations</h2>
        <Loaded polled={regulations} what="regulations">
          {(published) => <RegulationVersions published={published} />}
        </Loaded>
      </section>
      <section aria-labelledby="catalog">
        <h2 id="catalog">Character catalog</h2>
        <Loaded polled={catalog} what="the catalog">
          {(data) => <CatalogTable catalog={data} />}
        </Loaded>
      </section>
    </>
  );
}

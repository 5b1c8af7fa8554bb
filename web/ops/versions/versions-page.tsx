import { parseResponse } from "hono/client";
import type { OpsClient } from "../ops-client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { usePolled } from "../use-polled.ts";
import { CatalogTable } from "./catalog-table.tsx";
import { RegulationVersions } from "./regulation-versions.tsx";

const loadCatalog = (client: OpsClient, signal: AbortSignal) =>
  parseResponse(client.catalog.$get(undefined, { init: { signal } }));
const loadRegulations = (client: OpsClient, signal: AbortSignal) =>
  parseResponse(client.regulations.$get(undefined, { init: { signal } }));

/** The active regulations and character catalog. */
export function VersionsPage() {
  const catalog = usePolled(loadCatalog, { key: "catalog", everyMs: 60_000 });
  const regulations = usePolled(loadRegulations, { key: "regulations", everyMs: 60_000 });
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

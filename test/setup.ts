import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll } from "vitest";
import { publicationOf } from "../regulations/publication.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      MIGRATIONS: D1Migration[];
    }
  }
}

/** The regulation documents as they are in the repository. */
export const documents = Object.values(
  import.meta.glob<unknown>("../regulations/documents/*.json", { eager: true, import: "default" }),
);

/** The municipalities as they are in the repository. */
export const municipalities = Object.values(
  import.meta.glob<unknown>("../regulations/municipalities/*.json", {
    eager: true,
    import: "default",
  }),
);

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  const { entries, pointer } = await publicationOf(documents, municipalities);
  await Promise.all([...entries, pointer].map(({ key, value }) => env.REGULATIONS.put(key, value)));
});

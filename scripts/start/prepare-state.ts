import { publicationOfFiles } from "../../regulations/files.ts";
import { publish } from "../../regulations/publish.ts";
import { prepareOnce } from "./prepared-state.ts";
import { prepared } from "./start-failure.ts";

const migrations = "migrations";

/**
 * Migrates the database of a local server's state, and publishes the regulations to it, unless both are done.
 *
 * @throws StartFailure with what to do when it fails
 */
export async function prepareState(persistTo: string): Promise<void> {
  const emptyState = `Begin with an empty state: remove ${persistTo}, or name another folder: npm start -- --persist-to DIR`;
  const publication = await publicationOfFiles();
  await prepareOnce(persistTo, publication.version, migrations, async () => {
    // Loaded when they are needed, as they take a second.
    const { withLocalStores } = await import("../local-stores.ts");
    const { migrateLocally } = await import("./migrate-locally.ts");
    const prepare = withLocalStores(persistTo, async ({ database, regulations }) => {
      await prepared(
        migrateLocally(database, migrations),
        `The database was not migrated. ${emptyState}`,
      );
      await prepared(
        publish(regulations, publication),
        `The regulations were not published. ${emptyState}`,
      );
    });
    await prepared(prepare, `The state cannot be used. ${emptyState}`);
  });
}

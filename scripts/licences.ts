/** Writes which packages are shipped and under which licences, or refuses a licence that is not on the list. */
import { writeFile } from "node:fs/promises";
import { commandOptions, endWith } from "./command-options.ts";
import { licenceErrors, licencesDocument } from "./supply-chain/licences.ts";
import { lockedPackages } from "./supply-chain/lock-file.ts";

commandOptions(
  `Usage: npm run licences -- [options]

  It has none: it writes docs/licences.md, and ends with 1 when a package is shipped under a licence that is not on
  the list in scripts/supply-chain/licences.ts.`,
  { options: {} },
);

const packages = await lockedPackages();
const errors = licenceErrors(packages);
if (errors.length > 0) endWith(1, errors.join("\n"));
await writeFile("docs/licences.md", licencesDocument(packages));

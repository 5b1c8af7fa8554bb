/**
 * `npm run schemas:publish`: appends a version to the published schema of each type of event whose data has changed.
 * Exit code: 0 done, 1 when a change would break readers; nothing is written then.
 */
import { writeFileSync } from "node:fs";
import { breaksIn } from "../src/events/contract/compatibility.ts";
import { eventData } from "../src/events/contract/event-types.ts";
import { dataSchemaOf } from "../src/events/contract/json-schema.ts";
import { commandOptions } from "./command-options.ts";
import { publishedSchemas } from "../src/events/contract/published-schemas.ts";

commandOptions(
  `Usage: npm run schemas:publish -- [options]

  It has none: it writes src/events/contract/schemas.json, unless a change would break who reads the events.`,
  { options: {} },
);

const file = new URL("../src/events/contract/schemas.json", import.meta.url);
const published: Record<string, readonly object[]> = { ...publishedSchemas };
const broken: string[] = [];

for (const [type, data] of eventData) {
  const versions = published[type] ?? [];
  const last = versions.at(-1);
  const schema = dataSchemaOf(data, type);
  if (last && JSON.stringify(last) === JSON.stringify(schema)) continue;
  broken.push(...(last ? breaksIn(last, schema, type) : []));
  published[type] = [...versions, schema];
  console.log(`${type} version ${versions.length + 1}`);
}
for (const type of Object.keys(published)) {
  if (!eventData.has(type)) broken.push(`${type} is gone`);
}

if (broken.length > 0) {
  console.error(`These would break who reads the events:\n${broken.join("\n")}`);
  process.exitCode = 1;
} else {
  writeFileSync(file, `${JSON.stringify(published, null, 2)}\n`);
}

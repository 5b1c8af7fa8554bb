import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { readConfiguration } from "../../scripts/provision/deploy-configuration.ts";
import {
  localShardsOf,
  withLocalQueues,
  writeLocalConfiguration,
} from "../../scripts/start/local-queues.ts";
import { queueBinding, queueName, stageNames } from "../../src/pipeline/stages/stage-table.ts";

it("gives a local server the queues of wrangler.toml, and numbered ones with a consumer like the first", async () => {
  const configuration = await readConfiguration("wrangler.toml");
  const { queues } = withLocalQueues(configuration);
  expect(queues.producers).toEqual(expect.arrayContaining(configuration.queues.producers));
  expect(queues.consumers).toEqual(expect.arrayContaining(configuration.queues.consumers));
  for (const stage of stageNames) {
    const first = queues.consumers.find(({ queue }) => queue === queueName(stage));
    for (const shard of localShardsOf(stage)) {
      const queue = queueName(stage, shard);
      expect(queues.producers).toContainEqual({ binding: queueBinding(stage, shard), queue });
      expect(queues.consumers).toContainEqual({ ...first, queue });
    }
  }
  const names = queues.consumers.map(({ queue }) => queue);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBe(configuration.queues.consumers.length + 30);
});

const Written = z.object({
  main: z.string(),
  assets: z.object({ directory: z.string() }),
  d1_databases: z.array(z.object({ migrations_dir: z.string() })),
});

it("is written with paths that lead to the same files, and not again while nothing has changed", async () => {
  const { main, assets, d1_databases } = await readConfiguration("wrangler.toml");
  const file = await writeLocalConfiguration();
  const text = await readFile(file, "utf8");
  const written = Written.parse(JSON.parse(text));
  const from = (path: string) => resolve(dirname(file), path);
  expect(from(written.main)).toBe(resolve(main));
  expect(from(written.assets.directory)).toBe(resolve(assets.directory));
  expect(written.d1_databases.map((it) => from(it.migrations_dir))).toEqual(
    d1_databases.map((it) => resolve(it.migrations_dir)),
  );
  const { mtimeMs } = await stat(file);
  await Promise.all([writeLocalConfiguration(), writeLocalConfiguration()]);
  expect((await stat(file)).mtimeMs).toBe(mtimeMs);
});

import { dirname, relative } from "node:path";
import type { Configuration } from "./deploy-configuration.ts";

/** A configuration for another file: paths are relative to the file that names them. */
export function relocateConfiguration(configuration: Configuration, file: string): Configuration {
  const path = (from: string) => relative(dirname(file), from);
  const { $schema: _, ...rest } = configuration;
  return {
    ...rest,
    main: path(configuration.main),
    alias: Object.fromEntries(
      Object.entries(configuration.alias).map(([name, module]) => [name, path(module)]),
    ),
    assets: { ...configuration.assets, directory: path(configuration.assets.directory) },
    d1_databases: configuration.d1_databases.map((it) =>
      Object.assign({}, it, { migrations_dir: path(it.migrations_dir) }),
    ),
  };
}

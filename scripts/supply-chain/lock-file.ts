import { readFile } from "node:fs/promises";
import { z } from "zod";

const Locked = z.object({
  version: z.string(),
  license: z.string().optional(),
  dev: z.boolean().default(false),
  /** Of a package that development needs, and that another could use. */
  devOptional: z.boolean().default(false),
  hasInstallScript: z.boolean().default(false),
});
const LockFile = z.object({ packages: z.record(z.string(), z.looseObject({})) });

/** A package that `npm ci` installs. */
export interface LockedPackage extends z.infer<typeof Locked> {
  name: string;
}

const folder = "node_modules/";

/** The packages of a lock file, by name and version. */
export function packagesIn(lockFile: string): LockedPackage[] {
  const { packages } = LockFile.parse(JSON.parse(lockFile));
  return Object.entries(packages)
    .filter(([path]) => path !== "")
    .map(([path, fields]) =>
      Object.assign(Locked.parse(fields), {
        name: path.slice(path.lastIndexOf(folder) + folder.length),
      }),
    );
}

export const lockedPackages = async (): Promise<LockedPackage[]> =>
  packagesIn(await readFile("package-lock.json", "utf8"));

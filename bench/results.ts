import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type Measured, System } from "./measure-load.ts";

/** What runs of the benchmark have measured. */
export const Results = z.object({
  at: z.iso.datetime(),
  machine: z.string(),
  rounds: z.int(),
  systems: z.array(System),
});
export type Results = z.infer<typeof Results>;

/** The systems that earlier runs left in a file; none where there is no file. */
export const readSystems = async (file: string): Promise<System[]> =>
  existsSync(file) ? Results.parse(JSON.parse(await readFile(file, "utf8"))).systems : [];

const isSame = (a: Measured, b: Measured) => a.clients === b.clients && a.latencyMs === b.latencyMs;

/** Both runs' systems, in the order of their names. What the later run has measured replaces the earlier. */
export function withEarlier(
  earlier: readonly System[],
  later: readonly System[],
  order: readonly string[],
): System[] {
  const merged = later.map((it) => {
    const before = earlier.find(({ system }) => system === it.system)?.measured ?? [];
    const others = before.filter((old) => !it.measured.some((anew) => isSame(old, anew)));
    return { ...it, measured: [...others, ...it.measured] };
  });
  const others = earlier.filter(({ system }) => !later.some((it) => it.system === system));
  return [...merged, ...others].toSorted(
    (a, b) => order.indexOf(a.system) - order.indexOf(b.system),
  );
}

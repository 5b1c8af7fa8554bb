import {
  load,
  type Load,
  loadOnce,
  type Measured,
  measuredOf,
  type Scenario,
} from "./measure-load.ts";
import { memoryOf, type Served } from "./servers.ts";
import { type Figure, figureOf } from "./statistics.ts";

/** A build that is measured beside another. */
export interface Build {
  name: string;
  server: Served;
}

/** What two builds did in one scenario. */
export interface PairedScenario {
  measured: readonly [Measured, Measured];
  /** The first build's figure by the second's, round by round; null where a round has none. */
  ratios: Record<RatioName, Figure | null>;
}

export interface Pair {
  names: readonly [string, string];
  scenarios: PairedScenario[];
  /** Resident memory after all scenarios, MiB; null where it is not known. */
  memoryMiB: readonly [number | null, number | null];
}

/** What is compared of two rounds. */
const compared = {
  scansPerSecond: (it: Load) => it.scansPerSecond,
  endP95: (it: Load) => it.end?.p95,
  acceptP95: (it: Load) => it.accept?.p95,
};
export type RatioName = keyof typeof compared;

/**
 * Measures two builds in turns, so that both see the machine as it is at that time: which of them is first
 * changes with each round.
 */
export async function measurePair(
  builds: readonly [Build, Build],
  scenarios: readonly Scenario[],
  rounds: number,
): Promise<Pair> {
  const [first, second] = builds;
  for (const { server } of builds) await load(server.url, 500, 32);
  const paired: PairedScenario[] = [];
  for (const scenario of scenarios) paired.push(await measureScenario(builds, scenario, rounds));
  return {
    names: [first.name, second.name],
    scenarios: paired,
    memoryMiB: [await memoryOf(first.server.pid), await memoryOf(second.server.pid)],
  };
}

async function measureScenario(
  [first, second]: readonly [Build, Build],
  scenario: Scenario,
  rounds: number,
): Promise<PairedScenario> {
  const loads: (readonly [Load, Load])[] = [];
  for (let round = 0; round < rounds; round++) {
    console.error(`${scenario.clients} clients, round ${round + 1} of ${rounds}`);
    const loadOf = ({ server }: Build) => loadOnce(server.url, scenario);
    if (round % 2 === 0) loads.push([await loadOf(first), await loadOf(second)]);
    else {
      const earlier = await loadOf(second);
      loads.push([await loadOf(first), earlier]);
    }
  }
  const ratio = (name: RatioName) =>
    figureOf(
      loads.map(([one, other]) => {
        const [a, b] = [compared[name](one), compared[name](other)];
        return a && b && a / b;
      }),
    );
  return {
    measured: [
      measuredOf(
        scenario,
        loads.map(([one]) => one),
      ),
      measuredOf(
        scenario,
        loads.map(([, other]) => other),
      ),
    ],
    ratios: {
      scansPerSecond: ratio("scansPerSecond"),
      endP95: ratio("endP95"),
      acceptP95: ratio("acceptP95"),
    },
  };
}

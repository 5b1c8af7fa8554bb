import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { Figure, figureOf, Times } from "./statistics.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "load.ts");

const Load = z.object({
  completed: z.int(),
  failed: z.int(),
  failures: z.record(z.string(), z.int()),
  scansPerSecond: z.number(),
  accept: Times,
  end: Times,
  hops: z.object({ vision: Times, answer: Times }),
  frames: Times,
  streams: z.array(z.object({ user: z.string(), url: z.string() })),
});
export type Load = z.infer<typeof Load>;

/** Percentiles of several rounds, ms; null where a system does not report them. */
const TimeFigures = z.object({ p50: Figure, p95: Figure, p99: Figure }).nullable();
type TimeFigures = z.infer<typeof TimeFigures>;

/** So many clients at once, each following one scan after the other. */
export const Scenario = z.object({ clients: z.int(), scans: z.int(), latencyMs: z.int() });
export type Scenario = z.infer<typeof Scenario>;

export const Measured = Scenario.extend({
  failed: z.int(),
  scansPerSecond: Figure,
  accept: TimeFigures,
  end: TimeFigures,
  hops: z.object({ vision: TimeFigures, answer: TimeFigures }),
  frames: TimeFigures,
});
export type Measured = z.infer<typeof Measured>;

/** Events that were replayed to reconnecting clients, and how long that took. */
const Replay = z.object({ events: z.int(), ms: z.number() });
export type Replay = z.infer<typeof Replay>;

/** One system's figures. */
export const System = z.object({
  system: z.string(),
  measured: z.array(Measured),
  /** Resident memory of its processes after the load, MiB; null where it is not known. */
  memoryMiB: z.number().nullable(),
  /** Null where no stream is replayed. */
  replay: Replay.nullable(),
});
export type System = z.infer<typeof System>;

export async function load(url: string, scans: number, clients: number): Promise<Load> {
  const { stdout } = await run("node", [script, url, String(scans), String(clients)], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const loaded = Load.parse(JSON.parse(stdout));
  if (loaded.completed > 0) return loaded;
  throw new Error(`Nothing completed: ${JSON.stringify(loaded.failures)}`);
}

/** Measures a scenario in rounds. */
export async function measure(url: string, scenario: Scenario, rounds: number): Promise<Measured> {
  const loads: Load[] = [];
  for (let round = 0; round < rounds; round++) loads.push(await loadOnce(url, scenario));
  return measuredOf(scenario, loads);
}

/** One round of a scenario. What failed is printed. */
export async function loadOnce(url: string, { scans, clients }: Scenario): Promise<Load> {
  const loaded = await load(url, scans, clients);
  if (loaded.failed > 0) console.error(loaded.failures);
  return loaded;
}

/** The figures of a scenario's rounds. Scans that failed are counted. */
export function measuredOf(scenario: Scenario, loads: readonly Load[]): Measured {
  const figures = (of: (it: Load) => Times): TimeFigures => {
    const figure = (name: "p50" | "p95" | "p99") => figureOf(loads.map((it) => of(it)?.[name]));
    const [p50, p95, p99] = [figure("p50"), figure("p95"), figure("p99")];
    return p50 && p95 && p99 && { p50, p95, p99 };
  };
  const scansPerSecond = figureOf(loads.map((it) => it.scansPerSecond));
  if (!scansPerSecond) throw new RangeError("There are no rounds");
  return {
    ...scenario,
    failed: loads.reduce((sum, { failed }) => sum + failed, 0),
    scansPerSecond,
    accept: figures((it) => it.accept),
    end: figures((it) => it.end),
    hops: { vision: figures((it) => it.hops.vision), answer: figures((it) => it.hops.answer) },
    frames: figures((it) => it.frames),
  };
}

/** Follows ended scans once more, ten at a time, until a thousand events were replayed. */
export async function replay(url: string, { streams }: Load): Promise<Replay> {
  let events = 0;
  const startedAt = performance.now();
  async function reconnect() {
    for (let next = streams.pop(); next && events < 1_000; next = streams.pop()) {
      const headers = { "x-user-id": next.user };
      const response = await fetch(new URL(next.url, url), { headers });
      const text = await response.text();
      events += text.match(/^event:/gm)?.length ?? 0;
    }
  }
  await Promise.all(Array.from({ length: 10 }, reconnect));
  return { events, ms: performance.now() - startedAt };
}

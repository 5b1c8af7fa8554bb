import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { type Figure, figureOf, Times } from "./statistics.ts";

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
type Load = z.infer<typeof Load>;

/** Percentiles of several rounds, ms; null where a system does not report them. */
type TimeFigures = { p50: Figure; p95: Figure; p99: Figure } | null;

/** So many clients at once, each following one scan after the other. */
export interface Scenario {
  clients: number;
  scans: number;
  latencyMs: number;
}

export interface Measured extends Scenario {
  failed: number;
  scansPerSecond: Figure;
  accept: TimeFigures;
  end: TimeFigures;
  hops: { vision: TimeFigures; answer: TimeFigures };
  frames: TimeFigures;
}

/** One system's figures. */
export interface System {
  system: string;
  measured: Measured[];
  /** Resident memory of workerd after the load, MiB; null where it is not known. */
  memoryMiB: number | null;
  replay: Replay | null;
}

export async function load(url: string, scans: number, clients: number): Promise<Load> {
  const { stdout } = await run("node", [script, url, String(scans), String(clients)], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const loaded = Load.parse(JSON.parse(stdout));
  if (loaded.completed > 0) return loaded;
  throw new Error(`Nothing completed: ${JSON.stringify(loaded.failures)}`);
}

/** Measures a scenario in rounds. Scans that fail are counted, and what failed is printed. */
export async function measure(url: string, scenario: Scenario, rounds: number): Promise<Measured> {
  const loads: Load[] = [];
  for (let round = 0; round < rounds; round++) {
    const loaded = await load(url, scenario.scans, scenario.clients);
    if (loaded.failed > 0) console.error(loaded.failures);
    loads.push(loaded);
  }
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

/** Events that were replayed to reconnecting clients, and how long that took. */
export interface Replay {
  events: number;
  ms: number;
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

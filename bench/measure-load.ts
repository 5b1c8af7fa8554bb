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
type Load = z.infer<typeof Load>;

/** Percentiles of several rounds, ms; null where a system does not report them. */
const TimeFigures = z.object({ p50: Figure, p95: Figure, p99: Figure }).nullable();

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
  const scansPerSecond = figureOf(loads.map((it) => it.scansPerSecond));
  if (!scansPerSecond) throw new RangeError("There are no rounds");
  return {
    ...scenario,
    failed: loads.reduce((sum, { failed }) => sum + failed, 0),
    scansPerSecond,
    accept: figuresOf(loads.map((it) => it.accept)),
    end: figuresOf(loads.map((it) => it.end)),
    hops: {
      vision: figuresOf(loads.map((it) => it.hops.vision)),
      answer: figuresOf(loads.map((it) => it.hops.answer)),
    },
    frames: figuresOf(loads.map((it) => it.frames)),
  };
}

function figuresOf(rounds: readonly Times[]): z.infer<typeof TimeFigures> {
  const p50 = figureOf(rounds.map((it) => it?.p50));
  const p95 = figureOf(rounds.map((it) => it?.p95));
  const p99 = figureOf(rounds.map((it) => it?.p99));
  return p50 && p95 && p99 && { p50, p95, p99 };
}

export const Replay = z.object({ events: z.int(), ms: z.number() });

/** Follows ended scans once more, ten at a time, until a thousand events were replayed. */
export async function replay(url: string, { streams }: Load): Promise<z.infer<typeof Replay>> {
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

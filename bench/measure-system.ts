import { load, type Measured, measure, type Replay, replay, type System } from "./measure-load.ts";
import { memoryOf } from "./servers.ts";
import type { Candidate } from "./systems.ts";

/** Measures a system, served anew for each latency of its model. Null where it cannot run. */
export async function measureSystem(
  { system, scenarios, serve, replays = false }: Candidate,
  rounds: number,
): Promise<System | null> {
  const measured: Measured[] = [];
  let memoryMiB: number | null = null;
  let replayed: Replay | null = null;
  for (const latencyMs of new Set(scenarios.map((it) => it.latencyMs))) {
    await using server = await serve(latencyMs);
    if (!server) return null;
    await load(server.url, 500, 32);
    for (const scenario of scenarios.filter((it) => it.latencyMs === latencyMs)) {
      console.error(`${system}: ${scenario.clients} clients, model of ${latencyMs} ms`);
      measured.push(await measure(server.url, scenario, rounds));
    }
    memoryMiB ??= await memoryOf(server.pid);
    if (replays) replayed ??= await replay(server.url, await load(server.url, 100, 10));
  }
  return { system, measured, memoryMiB, replay: replayed };
}

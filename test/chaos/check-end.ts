import { env } from "cloudflare:workers";
import { accountRewards, codeOf, isGivenUp, pendingOf } from "./account-rewards.ts";
import { runCron } from "./cron.ts";
import { lastReward, rewardsOf } from "./invariants.ts";
import { hour } from "./model/scan.ts";
import type { Tracked } from "./tracked.ts";
import { Broken, type World } from "./world.ts";

/** Nothing is left, every event was published, and each character was granted once. */
export async function checkEnd(world: World) {
  const { jobs, watching } = world;
  const logOf = (jobId: string, generation: number) =>
    jobs.find((it) => it.jobId === jobId)?.logs[generation] ?? [];
  const broken = [...(await watching.broken(logOf)), ...(await brokenGrants(world))];
  if ((await trackedOf(world)) > 0) {
    // What could not be untracked is found by the cron, an hour after its alarm at the latest.
    world.advance(2 * hour);
    await runCron(world, null);
    if ((await trackedOf(world)) > 0) broken.push("a purged scan is tracked as open");
  }
  if (broken.length > 0) throw new Broken(broken.join("; "));
}

/** The character that a scan owes its user in the end; null for none. */
async function owedBy(world: World, job: Tracked): Promise<string | null> {
  if (job.isErased) return null;
  if (lastReward(job.logs.at(-1) ?? []) === "announced") return "char-petty";
  const isOwed = pendingOf(job) !== null && !(await isGivenUp(world, job));
  return isOwed ? codeOf(job) : null;
}

async function brokenGrants(world: World): Promise<string[]> {
  const { jobs, sink } = world;
  const broken: string[] = [];
  for (const owner of new Set(sink.grants.map(({ jobId }) => jobId))) {
    const logs = jobs.find(({ jobId }) => jobId === owner)?.logs ?? [];
    const hasEarned = logs.flatMap(rewardsOf).some((it) => it !== "none");
    if (!hasEarned) broken.push("a character was granted that no result announced");
  }
  if (world.isErased) return broken;
  const { owners } = await accountRewards(world);
  for (const code of new Set(sink.grants.map((it) => it.code))) {
    const grants = sink.grants.filter((it) => it.code === code);
    if (new Set(grants.map(({ jobId }) => jobId)).size > 1)
      broken.push(`${code} was granted twice`);
  }
  for (const job of jobs) {
    const owed = await owedBy(world, job);
    if (owed !== null && !owners.has(owed)) broken.push(`${owed} was promised and not granted`);
  }
  for (const [code, owner] of owners) {
    // The erasure of a scan is followed by that of its user, of whom nothing is saved.
    const isErased = jobs.some((it) => it.wasErased && it.jobId === owner);
    const saved = sink.grants.filter((it) => it.code === code).map(({ queue }) => queue);
    if (!isErased && new Set(saved).size < 2) broken.push(`${code} was granted and not saved`);
  }
  return broken;
}

async function trackedOf({ jobs }: World): Promise<number> {
  const ids = jobs.map(() => "?").join();
  const open = `SELECT count(*) AS open FROM open_jobs WHERE job_id IN (${ids})`;
  const statement = env.DB.prepare(open).bind(...jobs.map(({ jobId }) => jobId));
  return (await statement.first<number>("open")) ?? 0;
}

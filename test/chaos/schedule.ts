import { vi } from "vitest";
import { env } from "cloudflare:workers";
import { seededRandom } from "../support/seeded-random.ts";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import { faultKinds } from "./faults.ts";
import { hour } from "./model.ts";
import { hasAnnounced } from "./invariants.ts";
import { hopFrom } from "../../src/pipeline/stages/stage-table.ts";
import { leaseOf } from "../../src/pipeline/lease.ts";
import { pick, type Step, type StepKind, steps } from "./steps.ts";
import { Broken, createWorld, type World } from "./world.ts";

const kinds = Object.entries(steps).flatMap(([kind, { weight }]) =>
  isKind(kind) ? [{ kind, weight }] : [],
);
function isKind(kind: string): kind is StepKind {
  return kind in steps;
}
const total = kinds.reduce((sum, { weight }) => sum + weight, 0);

function kindAt(x: number): StepKind {
  let left = x * total;
  const found = kinds.find(({ weight }) => (left -= weight) < 0);
  return found?.kind ?? "claim";
}

export interface Schedule {
  jobs: number;
  /** Whether idempotency keys name the scans. */
  keyed: boolean;
  steps: Step[];
}

/** The schedule of a seed. */
export function scheduleOf(seed: number): Schedule {
  const random = seededRandom(seed);
  const jobs = random() < 0.7 ? 1 : 2;
  const keyed = random() < 0.7;
  const length = 8 + Math.floor(random() * 33);
  const drawn = Array.from({ length }, (): Step => {
    const [kind, job, x, y, z] = [kindAt(random()), random(), random(), random(), random()];
    const [isFaulty, what, at] = [random() < 0.25, random(), 1 + Math.floor(random() ** 2 * 6)];
    const fault = isFaulty ? { kind: pick(faultKinds, what) ?? "fails", at } : null;
    return { kind, job, x, y, z, fault };
  });
  const submitted = { kind: "submit", x: 0, y: 0, z: 0, fault: null } as const;
  const first = Array.from({ length: jobs }, (_, index): Step => ({
    ...submitted,
    job: index / jobs,
  }));
  return { jobs, keyed, steps: [...first, ...drawn] };
}

/** What a schedule has broken, and the list of what was done. */
export interface Finding {
  broken: string;
  trace: readonly string[];
}

/** Carries a schedule out and lets everything come to rest. Returns what was broken, or null. */
export async function run({ jobs, keyed, steps: planned }: Schedule): Promise<Finding | null> {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const world = createWorld(jobs, keyed);
  let at = "start";
  try {
    for (const [index, { kind, ...step }] of planned.entries()) {
      at = `step ${index}, ${kind}`;
      world.advance(7);
      const job = pick(world.jobs, step.job);
      if (job) await steps[kind].act(world, job, step);
    }
    at = "the drain";
    await drain(world);
    at = "the end";
    await checkEnd(world);
    return null;
  } catch (error) {
    const isBroken = error instanceof Broken || !(error instanceof Error);
    const reason = isBroken ? String(error) : error.stack;
    return { broken: `${at}: ${reason}`, trace: world.trace };
  } finally {
    await world.release().catch(() => {});
  }
}

/** Queues deliver everything, and alarms fire, until no scan is left. */
async function drain(world: World) {
  await world.release();
  await drainScans(world);
  for (const job of world.jobs) {
    if (!job.record) continue;
    world.advance(Math.max(0, job.record.until - world.now));
    await world.perform("wake", job, { by: "alarm" });
  }
}

async function drainScans(world: World) {
  for (let round = 0; world.jobs.some(({ scan }) => scan); round++) {
    if (round > 300) throw new Broken("it does not come to rest");
    const job = world.jobs.find(({ scan }) => scan);
    if (!job?.scan) return;
    world.advance(7);
    const { jobId } = job;
    const mail = world.mail.findIndex((it) => it.jobId === jobId);
    const letter = world.letters.findIndex((it) => it.jobId === jobId);
    const [message] = mail >= 0 ? world.mail.splice(mail, 1) : [];
    if (message) {
      const { stage, id, deliveries } = message;
      const lease = leaseOf(id, deliveries + 1);
      const reply = await world.perform("claim", job, { stage, lease });
      if (!reply.startsWith("run")) continue;
      const stages = hopFrom(stage);
      await world.perform("complete", job, { lease, stages, asks: false, earns: true });
      continue;
    }
    const [dead] = letter >= 0 ? world.letters.splice(letter, 1) : [];
    if (dead) {
      await world.perform("park", job, dead);
    } else if (job.scan.status === "parked") {
      const { stage } = job.scan;
      const decision = crypto.randomUUID();
      await world.perform("resume", job, { stage, decision, from: stage, automatic: false });
    } else {
      world.advance(Math.max(0, (job.observed.alarm ?? 0) - world.now));
      await world.perform("wake", job, { by: "alarm" });
    }
  }
}

/** Nothing is left, everything was told, and each character was granted once. */
async function checkEnd(world: World) {
  const { jobs, account, sink, watching } = world;
  const logOf = (jobId: string, generation: number) =>
    jobs.find((it) => it.jobId === jobId)?.logs[generation] ?? [];
  const broken = await watching.broken(logOf);
  const owners = new Set(sink.grants.map(({ jobId }) => jobId));
  for (const owner of owners) {
    const logs = jobs.find(({ jobId }) => jobId === owner)?.logs ?? [];
    if (!logs.some(hasAnnounced)) broken.push("a character was granted that no result announced");
  }
  const owned = await account.characters(world.userId);
  if (!world.isErased) {
    if (owners.size > 1) broken.push("a character was granted twice");
    const isDue = jobs.some((it) => !it.isErased && hasAnnounced(it.logs.at(-1) ?? []));
    if (isDue && owned.length === 0) broken.push("a character was announced and not granted");
    // The erasure of a scan is followed by that of its user, of whom nothing is saved.
    const isErased = jobs.some((it) => it.isErased && it.jobId === owned[0]?.id);
    const queues = new Set(sink.grants.map(({ queue }) => queue));
    if (owned.length > 0 && !isErased && queues.size < 2) {
      broken.push("a granted character was not saved");
    }
  }
  if ((await trackedOf(world)) > 0) {
    // What could not be untracked is found by the cron, an hour after its alarm at the latest.
    world.advance(2 * hour);
    await redriveDue(env);
    if ((await trackedOf(world)) > 0) broken.push("a purged scan is tracked as open");
  }
  if (broken.length > 0) throw new Broken(broken.join("; "));
}

async function trackedOf({ jobs }: World): Promise<number> {
  const ids = jobs.map(() => "?").join();
  const open = `SELECT count(*) AS open FROM open_jobs WHERE job_id IN (${ids})`;
  const statement = env.DB.prepare(open).bind(...jobs.map(({ jobId }) => jobId));
  return (await statement.first<number>("open")) ?? 0;
}

/** How many schedules are tried for a shorter one. */
const tries = 150;

/** The shortest schedule that still breaks something, as far as leaving steps out finds it. */
export async function shrink(schedule: Schedule): Promise<Schedule> {
  let best = schedule;
  let left = tries;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < best.steps.length && left > 0; left--) {
      const fewer = { ...best, steps: best.steps.toSpliced(from, size) };
      if (await run(fewer)) best = fewer;
      else from += size;
    }
  }
  return best;
}

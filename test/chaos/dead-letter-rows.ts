import { env } from "cloudflare:workers";
import { z } from "zod";
import { recordStageDeadLetters } from "../../src/dead-letters/record-dead-letters.ts";
import type { DeadLetter } from "../../src/pipeline/dead-letter.ts";
import { StageName, stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { select } from "../../src/platform/sql.ts";
import { record, redriveLimit, type Row } from "./model/dead-letters.ts";
import type { Tracked } from "./tracked.ts";
import type { World } from "./world.ts";

const Stored = z.object({
  stage: StageName,
  status: z.enum(["parked", "redriving", "recovered", "archived"]),
  redrives: z.int(),
  automatic: z.int(),
  at: z
    .int()
    .nullable()
    .transform((at) => at ?? 0),
});

/** The dead letters of a scan's stages, as they are recorded. */
export const readRows = ({ jobId }: Tracked): Promise<Row[]> =>
  select(env.DB, Stored)`
    SELECT source AS stage, status, redrives, automatic_redrives AS automatic,
      iif(status = 'parked', next_redrive_at, claimed_at) AS at
    FROM dead_letters WHERE kind = 'stage' AND job_id = ${jobId}`;

const isOpen = ({ status }: Row) => status === "parked" || status === "redriving";
export const isAnyOpen = ({ rows }: Tracked) => rows.some(isOpen);

/** Rows in the order of the stages; the times of settled ones do not matter. */
const summaryOf = (rows: readonly Row[]) =>
  JSON.stringify(
    rows
      .toSorted((one, other) => stageNames.indexOf(one.stage) - stageNames.indexOf(other.stage))
      .map((row) => [row.stage, row.status, row.redrives, row.automatic, isOpen(row) && row.at]),
  );

/** Compares the dead letters of a scan with those of the model. */
export async function compareRows(world: World, job: Tracked, expected: readonly Row[]) {
  const rows = await readRows(job);
  if (summaryOf(rows) !== summaryOf(expected)) {
    world.fail(job, [`its dead letters are ${summaryOf(rows)} instead of ${summaryOf(expected)}`]);
  }
  job.rows = rows;
}

/** What must hold of dead letters after a run of the redrive that was disturbed. */
export function brokenRows(before: readonly Row[], after: readonly Row[]): string[] {
  return after.flatMap((row) => {
    const earlier = before.find(({ stage }) => stage === row.stage);
    const claims = row.automatic - (earlier?.automatic ?? 0);
    return [
      ...(row.automatic > redriveLimit ? [`${row.stage} was redriven too often`] : []),
      ...(claims < 0 || claims > 1 ? [`${row.stage} was claimed ${claims} times in a run`] : []),
    ];
  });
}

/** Records a dead letter as its consumer does. */
export async function recordDeadLetter(world: World, deadLetter: DeadLetter) {
  const { jobId, stage, redrives, automaticRedrives: automatic, parkedAt } = deadLetter;
  const job = world.jobs.find((it) => it.jobId === jobId);
  if (!job) return;
  world.note(`the dead letter ${stage} ${redrives} is recorded`);
  await recordStageDeadLetters(env.DB, [deadLetter]);
  await compareRows(world, job, record(job.rows, { stage, redrives, automatic, parkedAt }));
}

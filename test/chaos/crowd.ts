import { env } from "cloudflare:workers";
import { z } from "zod";
import { StageName, stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { select, sql } from "../../src/platform/sql.ts";
import { takenPerRun } from "./model/dead-letters.ts";
import type { World } from "./world.ts";

/** More dead letters of a stage than a run may take. */
const size = takenPerRun + 10;
const prefix = "crowd:";

/** Dead letters of scans of other users that do not exist any more, all of them due. */
export async function gatherCrowd(world: World, x: number) {
  const stage = stageNames[Math.floor(x * stageNames.length)] ?? "vision";
  world.isCrowded = true;
  await env.DB.batch(
    Array.from({ length: size }, (_, index) => {
      const jobId = crypto.randomUUID();
      return sql(env.DB)`
        INSERT INTO dead_letters (id, kind, source, job_id, user_id, error_code, error_message,
          fingerprint, status, first_seen_at, last_seen_at, next_redrive_at)
        VALUES (${prefix + jobId}, 'stage', ${stage}, ${jobId}, ${`user-${index}`}, 'SCRIPTED',
          'scripted', 'scripted', 'parked', ${world.now}, ${world.now}, ${world.now})`;
    }),
  );
}

const Count = z.object({ stage: StageName, due: z.int(), claims: z.int() });

/** How many of the crowd are due of each stage, and how often they were claimed. */
export async function readCrowd({ isCrowded, now }: World) {
  const counts = isCrowded
    ? await select(env.DB, Count)`
        SELECT source AS stage, sum(automatic_redrives) AS claims,
          sum(status = 'parked' AND next_redrive_at <= ${now}) AS due
        FROM dead_letters WHERE id LIKE ${`${prefix}%`} GROUP BY source`
    : [];
  return {
    due: (stage: StageName) => counts.find((it) => it.stage === stage)?.due ?? 0,
    claims: counts.reduce((sum, { claims }) => sum + claims, 0),
  };
}

/** A run takes as many of a stage as it may, and no more. */
export async function compareCrowd(world: World, before: Awaited<ReturnType<typeof readCrowd>>) {
  if (!world.isCrowded) return;
  const due = stageNames.reduce((sum, stage) => sum + before.due(stage), 0);
  const taken = (await readCrowd(world)).claims - before.claims;
  const wanted = Math.min(due, takenPerRun);
  if (taken !== wanted) world.fail(null, [`a run takes ${taken} of ${due} dead letters`]);
}

/** Nothing of an earlier schedule is redriven in this one. */
export const clearDeadLetters = () => env.DB.prepare("DELETE FROM dead_letters").run();

import { log } from "../platform/log.ts";
import type { ResumeReply } from "../pipeline/decisions/interventions.ts";
import type { Failure } from "../pipeline/errors.ts";
import { type NotFound, notFound } from "../pipeline/refusals.ts";
import type { StageName } from "../pipeline/stages/stage-table.ts";
import { callJob } from "../objects.ts";
import { type Claimed, decisionOf, type Settled, settle } from "./store.ts";

/** As many jobs are called at once. */
const concurrency = 10;

/** Carries out the redrive that was decided; null while nothing is settled. */
export async function redrive(
  env: Env,
  letter: Claimed,
  from?: StageName,
): Promise<Settled | null> {
  const { job_id, stage } = letter;
  const reply = await callJob(env, job_id, (job) => job.resume(stage, decisionOf(letter), from));
  const status = afterwards[reply];
  return status && { id: letter.id, redrives: letter.redrives, status };
}

const afterwards: Record<ResumeReply | NotFound, Settled["status"] | null> = {
  resumed: null,
  running: null,
  parked: "parked",
  recovered: "recovered",
  ended: "archived",
  [notFound]: "archived",
};

/** Gives a job up for good: its client is told. One that runs again has no letter any more. */
export async function giveUp(
  env: Env,
  { id, job_id, redrives }: Claimed,
  failure: Failure,
  status: "archived" | "discarded" = "archived",
): Promise<Settled> {
  const reply = await callJob(env, job_id, (job) => job.archive(failure));
  return { id, redrives, status: reply === "not-parked" ? "recovered" : status };
}

/**
 * Does the same for every letter, a few at a time, and notes what became of them. One that fails is
 * left as it is, for a later run to find.
 */
export async function each(
  letters: readonly Claimed[],
  act: (letter: Claimed) => Promise<Settled | null>,
  env: Env,
): Promise<(Settled | null)[]> {
  const done: (Settled | null)[] = [];
  for (let from = 0; from < letters.length; from += concurrency) {
    const settled = await Promise.all(
      letters.slice(from, from + concurrency).map((letter) =>
        act(letter).catch((error: unknown) => {
          log("error", "redrive.job_unreachable", { job: letter.job_id, error: String(error) });
          return null;
        }),
      ),
    );
    done.push(...settled);
    await settle(
      env.DB,
      settled.filter((it) => it !== null),
      Date.now(),
    );
  }
  return done;
}

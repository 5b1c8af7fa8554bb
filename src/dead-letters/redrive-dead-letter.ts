import { callAccount, callJob } from "../objects.ts";
import type { ResumeReply } from "../pipeline/decisions/interventions.ts";
import type { Failure } from "../pipeline/errors.ts";
import { MatchMessage } from "../pipeline/messages.ts";
import { type NotFound, notFound } from "../pipeline/refusals.ts";
import { redriveWaitsMs } from "../pipeline/redrive-policy.ts";
import type { StageName } from "../pipeline/stages/stage-table.ts";
import { log } from "../platform/log.ts";
import { parsedJson } from "../platform/parsed-json.ts";
import { saveGrant } from "../users/save-grant.ts";
import type { DeadLetterKind } from "./dead-letter-kind.ts";
import { type Claimed, type ClaimedOf, settle, type Settled } from "./dead-letter-store.ts";
import { applyAgain } from "./projection-redrive.ts";
import { writeQueues } from "./write-queues.ts";

/** So many are redriven at once. */
const concurrency = 10;

type Status = Settled["status"];

/** How dead letters of a kind are redriven. */
interface Redriver<Kind extends DeadLetterKind> {
  /** Carries out the redrive that was decided. Null: it is not settled yet. */
  redrive: (
    env: Env,
    deadLetter: ClaimedOf<Kind>,
    from?: StageName,
  ) => Promise<Status | "cancelled" | null>;
  /** Fails what waits for it. `recovered`: nobody waits for it any more. */
  endDeadLetter?: (
    env: Env,
    deadLetter: ClaimedOf<Kind>,
    failure: Failure,
  ) => Promise<"recovered" | null>;
  /**
   * What an unsettled redrive becomes after some time: it is repeated under its own decision, when that
   * has no second effect, or parked, to be decided again.
   */
  overdue: { afterMs: number; action: "repeat" | "park" };
}

export const redrivers: { [Kind in DeadLetterKind]: Redriver<Kind> } = {
  stage: {
    async redrive(env, { id, redrives, redrive_id, source, job_id }, from) {
      const options = { from, automatic: redrive_id === null };
      return statusAfter[
        await callJob(env, job_id, (job) => job.resume(source, `${id}#${redrives}`, options))
      ];
    },
    endDeadLetter: async (env, { job_id }, failure) =>
      (await callJob(env, job_id, (job) => job.archive(failure))) === "not-parked"
        ? "recovered"
        : null,
    overdue: { afterMs: 2 * 60 * 1000, action: "repeat" },
  },
  write: {
    async redrive(env, { source, body }) {
      await env[writeQueues[source].binding].send(JSON.parse(body));
      return null;
    },
    async endDeadLetter(env, { source, body }) {
      if (source !== "character-match") return null;
      const { success, data } = MatchMessage.safeParse(parsedJson(body));
      if (success) {
        const { userId, jobId, endedAt } = data;
        const grant = await callAccount(env, userId, (it) => it.settleReward(jobId, endedAt, null));
        // It was granted before, by a match that could not save it.
        if (grant) await saveGrant(env, grant);
      }
      return null;
    },
    // Longer than the queue retries a message.
    overdue: { afterMs: Math.max(...redriveWaitsMs), action: "park" },
  },
  projection: {
    redrive: applyAgain,
    overdue: { afterMs: 2 * 60 * 1000, action: "repeat" },
  },
};

const statusAfter: Record<ResumeReply | NotFound, Status | "cancelled" | null> = {
  resumed: null,
  running: null,
  parked: "parked",
  recovered: "recovered",
  failed: "archived",
  cancelled: "cancelled",
  [notFound]: "archived",
};

const redriverOf = <Kind extends DeadLetterKind>({ kind }: { kind: Kind }): Redriver<Kind> =>
  redrivers[kind];

/** Redrives a dead letter, a stage from the job's own or an earlier one. Null: it is not settled yet. */
export async function redrive(
  env: Env,
  deadLetter: Claimed,
  from?: StageName,
): Promise<Settled | null> {
  const { id, redrives } = deadLetter;
  const status = await redriverOf(deadLetter).redrive(env, deadLetter, from);
  if (status === "cancelled") return { id, redrives, status: "archived", cancelled: true };
  return status && { id, redrives, status };
}

/** Gives a dead letter up: its job fails for good. A job that runs again has recovered. */
export async function endDeadLetter(
  env: Env,
  deadLetter: Claimed,
  failure: Failure,
  status: "archived" | "discarded" = "archived",
): Promise<Settled> {
  const { id, redrives } = deadLetter;
  const recovered = await redriverOf(deadLetter).endDeadLetter?.(env, deadLetter, failure);
  return { id, redrives, status: recovered ?? status };
}

/**
 * Acts on each dead letter, a few at a time, and settles them. One that fails is left as it is: a later
 * run finds it overdue.
 */
export async function forEachDeadLetter(
  deadLetters: readonly Claimed[],
  act: (deadLetter: Claimed) => Promise<Settled | null>,
  { DB }: Env,
): Promise<(Settled | null)[]> {
  const done: (Settled | null)[] = [];
  for (let from = 0; from < deadLetters.length; from += concurrency) {
    const settled = await Promise.all(
      deadLetters.slice(from, from + concurrency).map((deadLetter) =>
        act(deadLetter).catch((error: unknown) => {
          const { id, kind, source } = deadLetter;
          log("error", "redrive.failed", { id, kind, source, error: String(error) });
          return null;
        }),
      ),
    );
    done.push(...settled);
    await settle(
      DB,
      settled.filter((it) => it !== null),
      Date.now(),
    );
  }
  return done;
}

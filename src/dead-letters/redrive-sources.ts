import type { KnownFailure } from "../pipeline/errors.ts";
import { forEachAlone } from "../platform/for-each-alone.ts";
import { log } from "../platform/log.ts";
import { DeadLetterKind, type Source } from "./dead-letter-kind.ts";
import {
  type Claim,
  claimDue,
  type Claimed,
  claimOverdue,
  parkOverdue,
  type Settled,
  settleWritten,
  takeExhausted,
} from "./dead-letter-store.ts";
import { readRedrive } from "./operated-redrives.ts";
import { forEachDeadLetter, endDeadLetter, redrive, redrivers } from "./redrive-dead-letter.ts";

const redrivesUsedUp: KnownFailure = {
  code: "REDRIVES_USED_UP",
  message: "The scan was tried again several times, and failed each time.",
};

/** Finishes what earlier redrives have left: those that were claimed and not carried out. */
export async function resolveOverdueRedrives(env: Env): Promise<void> {
  await forEachAlone(DeadLetterKind.options, (kind) => resolveOverdue(env, kind));
}

/**
 * Redrives what is due of each source, and gives up what has used up its redrives. A dead letter is claimed
 * before it is redriven: two runs at the same time redrive it once. A source that fails stops none behind it.
 * @returns how many dead letters were redriven.
 */
export async function redriveSources(
  env: Env,
  sources: readonly Source[],
  claim: Claim,
): Promise<number> {
  const { DB } = env;
  let taken = 0;
  await forEachAlone(sources, async (source) => {
    const now = Date.now();
    const written = source.kind === "write" ? await settleWritten(DB, source.source, now) : 0;
    const exhausted = await forEachDeadLetter(
      await takeExhausted(DB, source, now),
      (deadLetter) => endDeadLetter(env, deadLetter, redrivesUsedUp),
      env,
    );
    const due = await claimDue(DB, source, claim, now);
    taken += due.length;
    const redriven = await forEachDeadLetter(due, (it) => redrive(env, it), env);
    const count = (status: Settled["status"]) =>
      [...exhausted, ...redriven].filter((it) => it?.status === status).length;
    const recovered = written + count("recovered");
    if (recovered + exhausted.length + due.length > 0) {
      const settled = { recovered, archived: count("archived"), parked: count("parked") };
      log("info", "redrive.run", { ...source, taken: due.length, ...settled });
    }
  });
  return taken;
}

async function resolveOverdue(env: Env, kind: DeadLetterKind): Promise<void> {
  const now = Date.now();
  const { afterMs, action } = redrivers[kind].overdue;
  const times = { now, before: now - afterMs };
  if (action === "park") await parkOverdue(env.DB, kind, times);
  else {
    const overdue = await claimOverdue(env.DB, kind, times);
    await forEachDeadLetter(
      overdue,
      async (it) => redrive(env, it, await fromStageOf(env.DB, it)),
      env,
    );
  }
}

/** The stage that the operated redrive which claimed a dead letter goes back to, if it names one. */
async function fromStageOf(db: D1Database, { redrive_id }: Claimed) {
  const redriveOf = redrive_id === null ? null : await readRedrive(db, redrive_id);
  return redriveOf?.request.from_stage;
}

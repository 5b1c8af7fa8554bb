import { DurableObject } from "cloudflare:workers";
import { log } from "../src/platform/log.ts";
import {
  claimHeld,
  endRedrive,
  readRedrive,
  type Redrive as Run,
  type RedriveRequest,
} from "../src/dead-letters/operated-redrives.ts";
import { progressOf } from "../src/dead-letters/redrive-letters.ts";
import type { KnownFailure } from "../src/pipeline/errors.ts";
import { discardedMessage } from "../src/resident-messages.ts";
import {
  forEachDeadLetter,
  endDeadLetter,
  redrive,
} from "../src/dead-letters/redrive-dead-letter.ts";

/** From the end of one slice to the next: no second has more dead letters than one slice. */
const sliceMs = 1_000;
/** How long a canary is waited for, ms: longer than a scan takes or waits for a provider before it is parked again. */
const canaryMs = 3 * 60 * 60 * 1000;

/**
 * Runs one operated redrive in slices of a second, so that no operator has to stay connected. Its order
 * and its progress are in D1; the object holds its id and its alarm.
 */
export class Redrive extends DurableObject<Env> {
  /** Starts the redrive, or resumes it. One that runs goes on as it is. */
  async start(id: string): Promise<void> {
    this.ctx.storage.kv.put("id", id);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now());
  }

  override async alarm() {
    const id = this.ctx.storage.kv.get<string>("id");
    if (id === undefined) return;
    const { DB } = this.env;
    const run = await readRedrive(DB, id);
    // What it holds would stay parked for good.
    if (!run) await endRedrive(DB, id, "stopped", "Its order cannot be read.", Date.now());
    if (run?.status !== "running") return;
    // A fired alarm is used up: should this slice die, this one starts the next.
    void this.ctx.storage.setAlarm(Date.now() + 10 * sliceMs);
    const goesOn = await this.#slice(run);
    if (goesOn) await this.ctx.storage.setAlarm(Date.now() + sliceMs);
    else await this.ctx.storage.deleteAlarm();
  }

  /** Takes the dead letters of one second. False when nothing is left to do. */
  async #slice(run: Run): Promise<boolean> {
    const { DB } = this.env;
    const { id, request } = run;
    const allowed = await this.#allowed(run);
    if (allowed === 0) return true;
    if (allowed === null) return false;
    const deadLetters = await claimHeld(DB, run, allowed, Date.now());
    await forEachDeadLetter(
      deadLetters,
      (deadLetter) =>
        request.action === "discard"
          ? endDeadLetter(this.env, deadLetter, discarded(request), "discarded")
          : redrive(this.env, deadLetter, request.from_stage),
      this.env,
    );
    log("info", "redrive.slice", { redrive: id, taken: deadLetters.length });
    if (deadLetters.length > 0) return true;
    await endRedrive(DB, id, "done", "Every dead letter that matched was taken.", Date.now());
    return false;
  }

  /** How many dead letters may be taken now: none while the canary runs, null when it failed or was all. */
  async #allowed({ id, request, created_at }: Run): Promise<number | null> {
    const { canary, rate_per_second } = request;
    if (!canary) return rate_per_second;
    const { taken, running, failed_again, recovered } = await progressOf(this.env.DB, id);
    if (taken < canary.count) return Math.min(rate_per_second, canary.count - taken);
    const stop = (outcome: string) => endRedrive(this.env.DB, id, "stopped", outcome, Date.now());
    const failedPercent = (100 * failed_again) / taken;
    if (taken === canary.count && failedPercent > canary.max_failed_percent) {
      await stop(`The canary failed: ${failed_again} of ${taken} failed again.`);
      return null;
    }
    if (taken === canary.count && running > 0) {
      if (Date.now() - created_at < canaryMs) return 0;
      await stop(`The canary did not end: ${running} of ${taken} are still on their way.`);
      return null;
    }
    if (!canary.alone) return rate_per_second;
    const outcome = `The canary is through: ${recovered} of ${taken} recovered.`;
    await endRedrive(this.env.DB, id, "done", outcome, Date.now());
    return null;
  }
}

/** What residents and their webhooks get. The reason is for operators. */
const discarded = ({ notice }: RedriveRequest): KnownFailure => ({
  code: "DISCARDED",
  message: notice ?? discardedMessage,
});

import { DurableObject } from "cloudflare:workers";
import { log } from "../src/platform/log.ts";
import {
  claimMatching,
  endRedrive,
  markMatching,
  progressOf,
  readRedrive,
  type Redrive as Run,
} from "../src/dead-letters/redrive-store.ts";
import { each, giveUp, redrive } from "../src/dead-letters/redrive-job.ts";

/** From the end of one slice to the next: in no second are there more than a slice's letters. */
const sliceMs = 1_000;

/**
 * Runs one operated redrive in slices of a second, so that nobody's machine has to stay for it. What it
 * is to do and how far it has come is in D1; the object holds nothing but its name and its alarm.
 */
export class Redrive extends DurableObject<Env> {
  /** Begins, or goes on where it was; a redrive that runs is not disturbed. */
  async start(id: string): Promise<void> {
    this.ctx.storage.kv.put("id", id);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now());
  }

  override async alarm() {
    const id = this.ctx.storage.kv.get<string>("id");
    if (id === undefined) return;
    const run = await readRedrive(this.env.DB, id);
    if (run?.status !== "running") return;
    // A fired alarm is used up: should this slice die, the next one comes all the same.
    void this.ctx.storage.setAlarm(Date.now() + 10 * sliceMs);
    const goesOn = await this.#slice(run);
    if (goesOn) await this.ctx.storage.setAlarm(Date.now() + sliceMs);
    else await this.ctx.storage.deleteAlarm();
  }

  /** Takes as many letters as a second may have; false when nothing is left to be done. */
  async #slice(run: Run): Promise<boolean> {
    const { DB } = this.env;
    const { id, request } = run;
    const allowed = await this.#allowed(run);
    if (allowed === 0) return true;
    if (allowed === null) return false;
    const letters =
      request.action === "discard"
        ? await markMatching(DB, run, allowed)
        : await claimMatching(DB, run, allowed, Date.now());
    await each(
      letters,
      (letter) =>
        request.action === "discard"
          ? giveUp(this.env, letter, { code: "DISCARDED", message: request.why }, "discarded")
          : redrive(this.env, letter, request.from_stage),
      this.env,
    );
    log("info", "redrive.slice", { redrive: id, taken: letters.length });
    if (letters.length > 0) return true;
    await endRedrive(DB, id, "done", "Every letter that matched was taken.", Date.now());
    return false;
  }

  /** How many letters may be taken now: none while the canary is out, null when it has died. */
  async #allowed({ id, request }: Run): Promise<number | null> {
    const { canary, rate_per_second } = request;
    if (!canary) return rate_per_second;
    const { taken, running, failed_again } = await progressOf(this.env.DB, id);
    if (taken < canary.count) return Math.min(rate_per_second, canary.count - taken);
    const failedPercent = (100 * failed_again) / taken;
    if (taken === canary.count && failedPercent > canary.max_failed_percent) {
      const outcome = `The canary died: ${failed_again} of ${taken} failed again.`;
      await endRedrive(this.env.DB, id, "stopped", outcome, Date.now());
      return null;
    }
    return taken === canary.count && running > 0 ? 0 : rate_per_second;
  }
}

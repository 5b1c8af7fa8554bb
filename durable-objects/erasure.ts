import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import { openReceipt, Removed, writeReceipt } from "../src/erasure/erasure-receipts.ts";
import { erasureSteps } from "../src/erasure/erasure-steps.ts";
import { log } from "../src/platform/log.ts";

/** How long late writes may take to arrive before the next pass, ms. */
const settleMs = 10_000;
/** When an interrupted erasure resumes, ms. */
const resumeMs = 10_000;

const Progress = z.object({
  id: z.uuid(),
  userId: z.string(),
  requestedAt: z.int(),
  step: z.int(),
  /** Whether `removed` already counts what the step found, so that a resumed step does not count again. */
  counted: z.boolean(),
  /** Whether this pass has found anything. A pass that finds nothing is the last one. */
  found: z.boolean(),
  removed: Removed,
});
type Progress = z.infer<typeof Progress>;

/**
 * Erases one user, step by step, until a whole pass finds nothing. Its storage holds the progress and
 * its alarm is set before each pass, so that it resumes after a crash.
 */
export class Erasure extends DurableObject<Env> {
  /** Starts an erasure, or joins the running one. Returns the id of its receipt. */
  async start(userId: string): Promise<string> {
    const running = this.#read();
    const progress = running ?? {
      id: crypto.randomUUID(),
      userId,
      requestedAt: Date.now(),
      step: 0,
      counted: false,
      found: false,
      removed: {},
    };
    if (!running) this.#write(progress);
    await this.ctx.storage.setAlarm(Date.now() + resumeMs);
    await openReceipt(this.env.DB, progress.id, userId, progress.requestedAt);
    await this.ctx.storage.setAlarm(Date.now());
    return progress.id;
  }

  #running: Promise<void> | null = null;

  override async alarm() {
    // One pass at a time: an alarm that fires meanwhile waits for it.
    this.#running ??= this.#pass().finally(() => (this.#running = null));
    await this.#running;
  }

  async #pass() {
    const progress = this.#read();
    if (!progress) return;
    // A fired alarm is used up, so the next one is set before the pass can crash.
    await this.ctx.storage.setAlarm(Date.now() + resumeMs);
    await openReceipt(this.env.DB, progress.id, progress.userId, progress.requestedAt);
    const { removed, found } = await this.#runSteps(progress);
    const endedAt = found ? null : Date.now();
    await writeReceipt(this.env.DB, progress.id, removed, endedAt);
    if (endedAt !== null) {
      log("info", "erasure.done", { erasure: progress.id, removed });
      return this.ctx.storage.deleteAll();
    }
    this.#write({ ...progress, removed, step: 0, counted: false, found: false });
    await this.ctx.storage.setAlarm(Date.now() + settleMs);
  }

  /** Runs the steps from the recorded one on. */
  async #runSteps(progress: Progress): Promise<Progress> {
    const { userId, removed } = progress;
    for (const { name, count, remove } of erasureSteps.slice(progress.step)) {
      if (!progress.counted) {
        const found = await count(this.env, userId);
        if (found > 0) removed[name] = (removed[name] ?? 0) + found;
        progress.found ||= found > 0;
        progress.counted = true;
        this.#write(progress);
      }
      while (await remove(this.env, userId));
      progress.step++;
      progress.counted = false;
      this.#write(progress);
    }
    return progress;
  }

  #read(): Progress | null {
    const stored = this.ctx.storage.kv.get("progress");
    return stored === undefined ? null : Progress.parse(stored);
  }

  #write(progress: Progress) {
    this.ctx.storage.kv.put("progress", progress);
  }
}

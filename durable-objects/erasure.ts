import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import { openReceipt, Removed, writeReceipt } from "../src/erasure/erasure-receipts.ts";
import { erasureSteps } from "../src/erasure/erasure-steps.ts";
import { log } from "../src/platform/log.ts";

/** How long what was on its way may take to arrive, before it is looked for once more, ms. */
const settleMs = 10_000;
/** When an erasure that died in the middle goes on, ms. */
const resumeMs = 10_000;

const Progress = z.object({
  id: z.uuid(),
  userId: z.string(),
  requestedAt: z.int(),
  step: z.int(),
  /** Whether what the step found is in `removed`: after a death it is not counted again. */
  counted: z.boolean(),
  /** Whether this pass has found anything: one that finds nothing is the last. */
  found: z.boolean(),
  removed: Removed,
});
type Progress = z.infer<typeof Progress>;

/**
 * Erases one user, step after step, until a whole pass finds nothing. What it has done is in its
 * storage, so that it goes on after a death, and its alarm is set before anything is done.
 */
export class Erasure extends DurableObject<Env> {
  /** Begins; while one runs it is the same one. The id of its receipt. */
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
    // One pass at a time: who is called meanwhile waits for the one that runs.
    this.#running ??= this.#pass().finally(() => (this.#running = null));
    await this.#running;
  }

  async #pass() {
    const progress = this.#read();
    if (!progress) return;
    // A fired alarm is used up: should this pass die, it goes on all the same.
    await this.ctx.storage.setAlarm(Date.now() + resumeMs);
    await openReceipt(this.env.DB, progress.id, progress.userId, progress.requestedAt);
    const { removed, found } = await this.#carryOut(progress);
    const endedAt = found ? null : Date.now();
    await writeReceipt(this.env.DB, progress.id, removed, endedAt);
    if (endedAt !== null) {
      log("info", "erasure.done", { erasure: progress.id, removed });
      return this.ctx.storage.deleteAll();
    }
    this.#write({ ...progress, removed, step: 0, counted: false, found: false });
    await this.ctx.storage.setAlarm(Date.now() + settleMs);
  }

  /** Every step from the one it had come to. A step that was counted and not finished is not counted again. */
  async #carryOut(progress: Progress): Promise<Progress> {
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
    const kept = this.ctx.storage.kv.get("progress");
    return kept === undefined ? null : Progress.parse(kept);
  }

  #write(progress: Progress) {
    this.ctx.storage.kv.put("progress", progress);
  }
}

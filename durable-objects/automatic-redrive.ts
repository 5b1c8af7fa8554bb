import { DurableObject } from "cloudflare:workers";
import { redriveRecovered } from "../src/cron/redrive-due.ts";

/** From one run to the next while something is left to redrive, ms. */
const everyMs = 5_000;

/**
 * Redrives what an outage or a pause has parked as soon as that is over. There is one object; its alarm
 * runs the redrive, and is retried by the platform when it fails.
 */
export class AutomaticRedrive extends DurableObject<Env> {
  /** Runs at `at`, Unix ms. Runs that are scheduled for other times stay. */
  async schedule(at: number): Promise<void> {
    const times = new Set([...this.#times(), at]);
    this.ctx.storage.kv.put("times", [...times]);
    await this.ctx.storage.setAlarm(Math.min(...times));
  }

  override async alarm() {
    const now = Date.now();
    const taken = await redriveRecovered(this.env);
    const later = this.#times().filter((at) => at > now);
    if (taken > 0) later.push(now + everyMs);
    this.ctx.storage.kv.put("times", later);
    if (later.length > 0) await this.ctx.storage.setAlarm(Math.min(...later));
  }

  #times = (): number[] => this.ctx.storage.kv.get<number[]>("times") ?? [];
}

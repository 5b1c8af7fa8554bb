import { DurableObject } from "cloudflare:workers";
import { type Recovered, redriveRecovered } from "../src/cron/redrive-due.ts";
import { forEachAlone } from "../src/platform/for-each-alone.ts";

/** From one run to the next while something is left to redrive, ms. */
const everyMs = 5_000;

interface Run {
  /** Unix ms. */
  at: number;
  recovered: Recovered;
}

/**
 * Redrives what an outage or a pause has parked as soon as that is over. There is one object; its alarm
 * runs the redrive, and is retried by the platform when it fails.
 */
export class AutomaticRedrive extends DurableObject<Env> {
  /** Schedules a run at `at`, Unix ms. Other runs that are scheduled stay. */
  async schedule(at: number, recovered: Recovered): Promise<void> {
    await this.#save([...this.#runs(), { at, recovered }]);
  }

  override async alarm() {
    const now = Date.now();
    const due = this.#runs().filter(({ at }) => at <= now);
    await forEachAlone(due, async (run) => {
      const taken = await redriveRecovered(this.env, run.recovered);
      // Others may have been scheduled in the meantime.
      const others = this.#runs().filter((it) => !isSame(it, run));
      await this.#save(taken > 0 ? [...others, { ...run, at: now + everyMs }] : others);
    });
    // One that fires early finds nothing to run.
    await this.#save(this.#runs());
  }

  #runs = (): Run[] => this.ctx.storage.kv.get<Run[]>("runs") ?? [];

  async #save(runs: readonly Run[]) {
    this.ctx.storage.kv.put("runs", runs);
    if (runs.length > 0) await this.ctx.storage.setAlarm(Math.min(...runs.map(({ at }) => at)));
  }
}

const isSame = (a: Run, b: Run) => JSON.stringify(a) === JSON.stringify(b);

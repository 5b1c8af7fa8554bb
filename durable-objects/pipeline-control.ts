import { createDurable } from "itty-durable";
import { z } from "zod";
import { log } from "../src/platform/log.ts";
import * as transitions from "../src/pipeline/control.ts";
import { Control, PauseRequest, untouched } from "../src/pipeline/control.ts";
import { Failure } from "../src/pipeline/result-body.ts";
import { StageName } from "../src/pipeline/stages/stage-table.ts";

const Provider = z.string().min(1);

/**
 * Pauses and circuit breakers of the whole pipeline, in one small object. A call is a fetch whose
 * arguments are JSON in an ASCII header; `src/control-client.ts` is its typed client.
 *
 * The library writes every field under one key after each call. The runtime holds the reply until that is
 * durable, so a change is never half written.
 */
export class PipelineControl extends createDurable({ autoPersist: true }) {
  control: Control = untouched;
  #persisted: Control = untouched;

  /** The stored value may be of another version of this code. */
  override async onLoad() {
    const stored = Control.safeParse(this.control);
    if (!stored.success) log("error", "control.unreadable", { error: stored.error.message });
    this.control = stored.data ?? untouched;
    this.#persisted = this.control;
  }

  /** Most calls change nothing, and a written row costs. */
  override async persist() {
    if (this.control === this.#persisted) return;
    this.#persisted = this.control;
    await super.persist();
  }

  snapshot(): Control {
    return transitions.current(this.control, Date.now());
  }

  /** `order` is percent-encoded JSON, because a reason is not ASCII. */
  pause(stage: string, order: string): Control {
    const parsed = PauseRequest.parse(JSON.parse(decodeURIComponent(order)));
    this.control = transitions.pause(this.control, StageName.parse(stage), parsed, Date.now());
    return this.control;
  }

  unpause(stage: string): Control {
    this.control = transitions.unpause(this.control, StageName.parse(stage));
    return this.snapshot();
  }

  /** Admits a call to a provider. Of a half-open breaker it admits one probe. */
  admit(provider: string) {
    const { control, waitMs } = transitions.admit(
      this.control,
      Provider.parse(provider),
      Date.now(),
    );
    this.control = control;
    return { control: this.snapshot(), waitMs };
  }

  /** `failure` is percent-encoded JSON, because its message is the provider's own. */
  failed(provider: string, succeededAt: number | null, failure: string): Control {
    const last = z.int().nullable().parse(succeededAt);
    const cause = Failure.nullable().parse(JSON.parse(decodeURIComponent(failure)));
    const name = Provider.parse(provider);
    this.control = transitions.failed(this.control, name, Date.now(), last, cause);
    return this.snapshot();
  }

  /** A call succeeded. `recovered`: it closed the provider's breaker. */
  succeeded(provider: string) {
    const name = Provider.parse(provider);
    const recovered = transitions.breakerOf(this.control, name).openedAt !== null;
    this.control = transitions.succeeded(this.control, name);
    return { control: this.snapshot(), recovered };
  }
}

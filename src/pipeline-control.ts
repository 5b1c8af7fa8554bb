import { proxyDurable } from "itty-durable";
import { z } from "zod";
import type { PipelineControl } from "../durable-objects/pipeline-control.ts";
import { log } from "./platform/log.ts";
import { admit, type Breaker } from "./pipeline/breaker.ts";
import {
  breakerOf,
  Control,
  current,
  type Pause,
  type PauseOrder,
  untouched,
} from "./pipeline/control.ts";
import type { StageName } from "./pipeline/stages/stage-table.ts";

export type { Pause };

const objectName = "control";
/** How old what an isolate knows of the control may be. */
const heldMs = 2_000;
/** How long the object may take. Work does not wait for it any longer. */
const patienceMs = 2_000;

type Method = "snapshot" | "pause" | "unpause" | "admit" | "failed" | "succeeded";
/** The object as the library's proxy gives it: what comes back can be anything. */
type Remote = {
  [M in Method]: (...args: Parameters<PipelineControl[M]>) => Promise<unknown>;
};

const Admitted = z.object({ control: Control, waitMs: z.number().nonnegative() });

/** The control object. Each call rejects when it cannot be reached, and what it says is held for readers. */
export interface ControlObject {
  snapshot(): Promise<Control>;
  pause(stage: StageName, order: PauseOrder): Promise<Control>;
  unpause(stage: StageName): Promise<Control>;
  /** Whether the provider may be asked now: 0, or in how many ms. Only one is let through to probe it. */
  admit(provider: string): Promise<number>;
  /** It failed for a passing reason; the last success that was seen here was at `succeededAt`, Unix ms. */
  failed(provider: string, succeededAt: number | null): Promise<Control>;
  succeeded(provider: string): Promise<Control>;
  /** Closes a breaker by hand. */
  reset(provider: string): Promise<Control>;
}

/** The control object of an environment. */
export function pipelineControl(env: Env): ControlObject {
  async function ask(call: (object: Remote) => Promise<unknown>): Promise<Control> {
    return hold(env, Control.parse(await within(patienceMs, call(remoteOf(env)))));
  }
  const succeeded = (provider: string) => ask((object) => object.succeeded(provider));
  return {
    snapshot: () => ask((object) => object.snapshot()),
    pause: (stage, order) =>
      ask((object) => object.pause(stage, encodeURIComponent(JSON.stringify(order)))),
    unpause: (stage) => ask((object) => object.unpause(stage)),
    async admit(provider) {
      const reply = await within(patienceMs, remoteOf(env).admit(provider));
      const { control, waitMs } = Admitted.parse(reply);
      hold(env, control);
      return waitMs;
    },
    failed: (provider, succeededAt) => ask((object) => object.failed(provider, succeededAt)),
    succeeded,
    reset: succeeded,
  };
}

/** A fresh stub for each call: one that was kept across a reset is broken for good. */
function remoteOf({ PIPELINE_CONTROL }: Env): Remote {
  const remote: Remote = proxyDurable(PIPELINE_CONTROL, { parse: true }).get(objectName);
  return remote;
}

/** What holds for the whole pipeline, as an isolate knows it. */
export interface ControlSnapshot {
  /** False when the object could not be reached: then nothing is paused, and all breakers are closed. */
  reachable: boolean;
  pauseOf(stage: StageName): Pause | null;
  breakerOf(provider: string): Breaker;
  /** Whether a provider is left alone now. One that may be probed is not. */
  isOpen(provider: string): boolean;
}

/**
 * Reads the control, at most 2 s old; a consumer does so once a batch. Never throws: work goes on
 * without it.
 */
export async function readControl(env: Env): Promise<ControlSnapshot> {
  if (!heldFor(env)) await tryControl(env, (object) => object.snapshot());
  return knownControl(env);
}

/** What was read last, for the work of a batch: it asks nobody, however long ago that was. */
export function knownControl(env: Env): ControlSnapshot {
  const known = views.get(env)?.control ?? null;
  const control = current(known ?? untouched, Date.now());
  return {
    reachable: known !== null,
    pauseOf: (stage) => control.paused[stage] ?? null,
    breakerOf: (provider) => breakerOf(control, provider),
    isOpen: (provider) => admit(breakerOf(control, provider), Date.now()).waitMs > 0,
  };
}

/**
 * Calls the object for those who can do without it: null when it cannot be reached, and then for 2 s
 * without trying.
 */
export async function tryControl<Reply>(
  env: Env,
  call: (object: ControlObject) => Promise<Reply>,
): Promise<Reply | null> {
  if (heldFor(env)?.control === null) return null;
  try {
    return await call(pipelineControl(env));
  } catch (error) {
    // A reset, an overload, a deadline, or a reply of another version of this code.
    log("warn", "control.unreachable", { error: String(error) });
    views.set(env, { at: Date.now(), control: null });
    return null;
  }
}

/** What the object said last, and when; null when it could not be reached. */
interface View {
  at: number;
  control: Control | null;
}
const views = new WeakMap<Env, View>();

function heldFor(env: Env): View | undefined {
  const view = views.get(env);
  const age = view ? Date.now() - view.at : Infinity;
  return age >= 0 && age < heldMs ? view : undefined;
}

function hold(env: Env, control: Control): Control {
  views.set(env, { at: Date.now(), control });
  return control;
}

async function within<Reply>(ms: number, call: Promise<Reply>): Promise<Reply> {
  const settled = new AbortController();
  const expired = scheduler.wait(ms, { signal: settled.signal }).then(() => {
    throw new Error(`The control object has not answered for ${ms} ms`);
  });
  try {
    return await Promise.race([call, expired]);
  } finally {
    settled.abort();
  }
}

import { proxyDurable } from "itty-durable";
import { z } from "zod";
import type { PipelineControl } from "../durable-objects/pipeline-control.ts";
import { callObject } from "./platform/call-object.ts";
import { log } from "./platform/log.ts";
import { admit, type Breaker } from "./pipeline/breaker.ts";
import type { Failure } from "./pipeline/errors.ts";
import {
  breakerOf,
  Control,
  current,
  type Pause,
  type PauseRequest,
  untouched,
} from "./pipeline/control.ts";
import type { StageName } from "./pipeline/stages/stage-table.ts";
import { withTimeout } from "./platform/timeout.ts";

export type { Pause };

const objectName = "control";
/** How long an isolate uses the control it has read, ms. */
const freshMs = 2_000;
/** How long a call of the object may take, ms. */
const timeoutMs = 2_000;
/** How many characters of a failure's message a breaker keeps. */
const longestCause = 500;

type Method = "snapshot" | "pause" | "unpause" | "admit" | "failed" | "succeeded";
/** The object as the library's proxy gives it: a reply can be anything. */
type Remote = {
  [M in Method]: (...args: Parameters<PipelineControl[M]>) => Promise<unknown>;
};

const Succeeded = z.object({ control: Control, recovered: z.boolean() });
const Admitted = z.object({ control: Control, waitMs: z.number().nonnegative() });

/** The control object. A call rejects when it cannot be reached; its reply is cached for readers. */
export interface ControlObject {
  snapshot(): Promise<Control>;
  pause(stage: StageName, order: PauseRequest): Promise<Control>;
  unpause(stage: StageName): Promise<Control>;
  /** When the provider may be called: 0 for now, or in how many ms. Only one call probes a half-open breaker. */
  admit(provider: string): Promise<number>;
  /** A call failed with a transient error; this isolate's last success was at `succeededAt`, Unix ms. */
  failed(provider: string, succeededAt: number | null, failure?: Failure | null): Promise<Control>;
  succeeded(provider: string): Promise<Control>;
  /** Closes a breaker by hand. */
  reset(provider: string): Promise<Control>;
}

/** The control object of an environment. */
export function pipelineControl(env: Env): ControlObject {
  async function ask(call: (object: Remote) => Promise<unknown>): Promise<Control> {
    return cache(env, Control.parse(await withTimeout(timeoutMs, () => call(remoteOf(env)))));
  }
  async function succeeded(provider: string): Promise<Control> {
    const reply = await withTimeout(timeoutMs, () => remoteOf(env).succeeded(provider));
    const { control, recovered } = Succeeded.parse(reply);
    if (recovered) await redriveAt(env, Date.now(), { provider });
    return cache(env, control);
  }
  return {
    snapshot: () => ask((object) => object.snapshot()),
    async pause(stage, order) {
      const text = encodeURIComponent(JSON.stringify(order));
      const control = await ask((object) => object.pause(stage, text));
      if (order.until !== null) await redriveAt(env, order.until, { stage });
      return control;
    },
    async unpause(stage) {
      const control = await ask((object) => object.unpause(stage));
      await redriveAt(env, Date.now(), { stage });
      return control;
    },
    async admit(provider) {
      const reply = await withTimeout(timeoutMs, () => remoteOf(env).admit(provider));
      const { control, waitMs } = Admitted.parse(reply);
      cache(env, control);
      return waitMs;
    },
    failed(provider, succeededAt, failure = null) {
      const cause = failure && { ...failure, message: failure.message.slice(0, longestCause) };
      const text = encodeURIComponent(JSON.stringify(cause).toWellFormed());
      return ask((object) => object.failed(provider, succeededAt, text));
    },
    succeeded,
    reset: succeeded,
  };
}

/** Schedules the redrive of what an outage or a pause has parked. Should it fail, cron redrives it. */
async function redriveAt(
  { AUTOMATIC_REDRIVE }: Env,
  at: number,
  recovered: { provider: string } | { stage: StageName },
): Promise<void> {
  try {
    await callObject(
      () => AUTOMATIC_REDRIVE.getByName(objectName),
      (redrive) => redrive.schedule(at, recovered),
    );
  } catch (error) {
    log("warn", "redrive.not_scheduled", { error: String(error) });
  }
}

/** A fresh stub for each call: one that was kept across a reset is broken for good. */
function remoteOf({ PIPELINE_CONTROL }: Env): Remote {
  const remote: Remote = proxyDurable(PIPELINE_CONTROL, { parse: true }).get(objectName);
  return remote;
}

/** Pauses and breakers of the whole pipeline, as an isolate has read them. */
export interface ControlSnapshot {
  /** False when the object cannot be reached: nothing is paused then, and all breakers are closed. */
  reachable: boolean;
  pauseOf(stage: StageName): Pause | null;
  breakerOf(provider: string): Breaker;
  /** Whether calls to a provider are refused now. A breaker that may be probed is not open. */
  isOpen(provider: string): boolean;
}

/** Reads the control, at most 2 s old; a consumer does so once a batch. Never throws. */
export async function readControl(env: Env): Promise<ControlSnapshot> {
  if (!freshView(env)) await tryControl(env, (object) => object.snapshot());
  return cachedControl(env);
}

/** The control that was read last, however old it is. Makes no call. */
export function cachedControl(env: Env): ControlSnapshot {
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
 * Calls the object where the work can go on without it. Null when it cannot be reached; for the next
 * 2 s without a call.
 */
export async function tryControl<Reply>(
  env: Env,
  call: (object: ControlObject) => Promise<Reply>,
): Promise<Reply | null> {
  if (freshView(env)?.control === null) return null;
  try {
    return await call(pipelineControl(env));
  } catch (error) {
    // A reset, an overload, a timeout, or a reply of another version of this code.
    log("warn", "control.unreachable", { error: String(error) });
    views.set(env, { at: Date.now(), control: null });
    return null;
  }
}

/** The object's last reply, and when; null when it could not be reached. */
interface View {
  at: number;
  control: Control | null;
}
const views = new WeakMap<Env, View>();

function freshView(env: Env): View | undefined {
  const view = views.get(env);
  const age = view ? Date.now() - view.at : Infinity;
  return age >= 0 && age < freshMs ? view : undefined;
}

function cache(env: Env, control: Control): Control {
  views.set(env, { at: Date.now(), control });
  return control;
}

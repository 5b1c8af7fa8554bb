import { z } from "zod";
import { Breaker, closed } from "./breaker.ts";
import * as breaker from "./breaker.ts";
import type { Failure } from "./errors.ts";
import { StageName } from "./stages/stage-table.ts";

/** An operator's order to pause a stage. Unix ms; without `until` the pause lasts until it is ended. */
export const PauseRequest = z.object({
  /** For operators alone. */
  reason: z.string(),
  by: z.string(),
  /** For residents; without it, a general sentence. */
  notice: z.string().nullish(),
  until: z.int().nullable(),
});
export type PauseRequest = z.infer<typeof PauseRequest>;

/** Why a stage is paused, since when, and until when. */
export const Pause = PauseRequest.extend({ since: z.int() });
export type Pause = z.infer<typeof Pause>;

/** The control of the whole pipeline: paused stages, and a breaker for each provider that failed. */
export const Control = z.object({
  paused: z.partialRecord(StageName, Pause),
  breakers: z.record(z.string(), Breaker),
});
export type Control = z.infer<typeof Control>;

/** Nothing is paused, and no provider has failed. */
export const untouched: Control = { paused: {}, breakers: {} };

/** Without expired pauses. Like each transition, it returns the same object when nothing changes. */
export function current(control: Control, now: number): Control {
  const over = StageName.options.filter((stage) => {
    const until = control.paused[stage]?.until ?? null;
    return until !== null && until <= now;
  });
  return over.reduce(unpause, control);
}

/** Pauses a stage, or changes its pause. */
export function pause(
  control: Control,
  stage: StageName,
  order: PauseRequest,
  now: number,
): Control {
  const { paused, ...rest } = current(control, now);
  return { ...rest, paused: { ...paused, [stage]: { since: now, ...paused[stage], ...order } } };
}

export function unpause(control: Control, stage: StageName): Control {
  const { [stage]: ended, ...paused } = control.paused;
  return ended ? { ...control, paused } : control;
}

export const breakerOf = ({ breakers }: Control, provider: string): Breaker =>
  breakers[provider] ?? closed;

/** Admits a call to a provider, or returns in how many ms the caller may try again. */
export function admit(
  control: Control,
  provider: string,
  now: number,
): { control: Control; waitMs: number } {
  const known = breakerOf(control, provider);
  const { breaker: next, waitMs } = breaker.admit(known, now);
  return { control: next === known ? control : withBreaker(control, provider, next), waitMs };
}

/** A call failed with a transient error; the caller's last success was at `succeededAt`. */
export const failed = (
  control: Control,
  provider: string,
  now: number,
  succeededAt: number | null,
  failure: Failure | null = null,
): Control =>
  withBreaker(
    control,
    provider,
    breaker.failed(breakerOf(control, provider), now, succeededAt, failure),
  );

/** A call succeeded, or an operator closed the breaker by hand. */
export function succeeded(control: Control, provider: string): Control {
  const { [provider]: ended, ...breakers } = control.breakers;
  return ended ? { ...control, breakers } : control;
}

const withBreaker = (control: Control, provider: string, next: Breaker): Control => ({
  ...control,
  breakers: { ...control.breakers, [provider]: next },
});

import { z } from "zod";
import type { Pause } from "./control.ts";
import { isTerminal, type JobState } from "./job.ts";
import { nextRunFor } from "./redrive-policy.ts";
import { Failure } from "./result-body.ts";
import { StageName, stageOf } from "./stages/stage-table.ts";
import { iso } from "../platform/iso.ts";
import { waitingMessages as messages } from "../resident-messages.ts";

/** The backlog of a stage's queue. */
export interface Backlog {
  messages: number;
  /** Unix ms; null when it is empty. */
  oldestAt: number | null;
}

const time = z.iso.datetime();

/** Why a scan waits. Ages are in seconds. */
export const Waiting = z.object({
  reason: z.enum(["queued", "retry", "provider", "paused", "parked"]),
  /** For residents, in Korean. */
  message: z.string(),
  stage: StageName,
  attempt: z.int(),
  max_attempts: z.int(),
  since: time,
  next_retry_at: time.nullable(),
  next_redrive_at: time.nullable(),
  paused: z
    .object({ notice: z.string().nullable(), since: time, until: time.nullable() })
    .nullable(),
  backlog: z.object({ messages: z.int(), oldest_age_s: z.int().nullable() }).nullable(),
  last_error: Failure.nullable(),
});
export type Waiting = z.infer<typeof Waiting>;

/** Why a scan waits; null while a stage runs, or when it has ended. */
export function waitingOf(
  state: JobState,
  { pause, backlog }: { pause: Pause | null; backlog: Backlog | null },
  now: number,
): Waiting | null {
  if (isTerminal(state)) return null;
  const { stage, attempt, error, parkedAt, automaticRedrives, readyAt, waitsForProvider } = state;
  const known = {
    stage,
    attempt,
    max_attempts: stageOf(stage).attempts,
    next_retry_at: null,
    next_redrive_at: null,
    paused: pause && {
      notice: pause.notice ?? null,
      since: iso(pause.since),
      until: iso(pause.until),
    },
    backlog: backlog && {
      messages: backlog.messages,
      oldest_age_s:
        backlog.oldestAt === null ? null : Math.max(0, Math.round((now - backlog.oldestAt) / 1000)),
    },
    last_error: error,
  };
  if (parkedAt !== null) {
    // Nothing is redriven while its stage is paused.
    const next = pause ? null : nextRunFor(parkedAt, automaticRedrives);
    return {
      ...known,
      reason: "parked",
      message: messages[pause ? "parkedWhilePaused" : next === null ? "redrivesUsedUp" : "parked"],
      since: iso(parkedAt),
      next_redrive_at: next === null ? null : iso(Math.max(next, now)),
    };
  }
  if (state.lease && state.lease.expiresAt > now) return null;
  const since = iso((waitsForProvider ? state.unavailableSince : null) ?? state.waitingSince);
  if (pause) {
    return { ...known, reason: "paused", message: messages.paused, since };
  }
  const next_retry_at = readyAt > now ? iso(readyAt) : null;
  if (error && (waitsForProvider || next_retry_at)) {
    const reason = waitsForProvider ? "provider" : "retry";
    return { ...known, reason, message: messages[reason], since, next_retry_at };
  }
  const message =
    backlog && backlog.messages > 1 ? messages.queuedBehind(backlog.messages - 1) : messages.queued;
  return { ...known, reason: "queued", message, since };
}

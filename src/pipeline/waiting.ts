import { z } from "zod";
import type { Pause } from "./control.ts";
import { isTerminal, type JobState } from "./job.ts";
import { nextRunFor } from "./redrive-policy.ts";
import { Failure } from "./result.ts";
import { StageName, stageOf } from "./stages/stage-table.ts";
import { iso } from "../platform/iso.ts";

/** What a stage's queue holds. */
export interface Backlog {
  messages: number;
  /** Unix ms; null when it is empty. */
  oldestAt: number | null;
}

const time = z.iso.datetime();

/** Why a scan waits. Ages are in seconds. */
export const Waiting = z.object({
  reason: z.enum(["queued", "retry", "paused", "parked"]),
  /** For residents, in Korean. */
  message: z.string(),
  stage: StageName,
  attempt: z.int(),
  max_attempts: z.int(),
  since: time,
  next_retry_at: time.nullable(),
  next_redrive_at: time.nullable(),
  paused: z
    .object({ by: z.string(), reason: z.string(), since: time, until: time.nullable() })
    .nullable(),
  backlog: z.object({ messages: z.int(), oldest_age_s: z.int().nullable() }).nullable(),
  last_error: Failure.nullable(),
});
export type Waiting = z.infer<typeof Waiting>;

function parkedMessage(redriven: boolean, paused: boolean): string {
  if (paused) return "지금은 점검하고 있어요. 끝나면 자동으로 다시 시도할게요.";
  return redriven
    ? "여러 번 시도했지만 안 돼서 잠시 쉬고 있어요. 곧 자동으로 다시 시도할게요."
    : "여러 번 다시 시도했지만 안 됐어요. 담당자가 살펴보고 있어요.";
}

/** Says why a scan waits; null while a stage runs, or when it has ended. */
export function waitingOf(
  state: JobState,
  { pause, backlog }: { pause: Pause | null; backlog: Backlog | null },
  now: number,
): Waiting | null {
  if (isTerminal(state)) return null;
  const { stage, attempt, error, parkedAt, redrives, readyAt } = state;
  const known = {
    stage,
    attempt,
    max_attempts: stageOf(stage).attempts,
    next_retry_at: null,
    next_redrive_at: null,
    paused: pause && {
      by: pause.by,
      reason: pause.reason,
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
    const next = pause ? null : nextRunFor(parkedAt, redrives);
    return {
      ...known,
      reason: "parked",
      message: parkedMessage(next !== null, pause !== null),
      since: iso(parkedAt),
      next_redrive_at: next === null ? null : iso(Math.max(next, now)),
    };
  }
  if (state.lease && state.lease.expiresAt > now) return null;
  const since = iso(Math.min(readyAt, now));
  if (pause) {
    const message = "잠시 점검하고 있어요. 끝나는 대로 이어서 분석할게요.";
    return { ...known, reason: "paused", message, since };
  }
  if (error && readyAt > now) {
    return {
      ...known,
      reason: "retry",
      message: "분석이 잠깐 막혔어요. 조금 뒤에 다시 시도할게요.",
      since,
      next_retry_at: iso(readyAt),
    };
  }
  const message =
    backlog && backlog.messages > 1
      ? `차례를 기다리고 있어요. 앞에 ${backlog.messages - 1}건이 있어요.`
      : "차례를 기다리고 있어요.";
  return { ...known, reason: "queued", message, since };
}

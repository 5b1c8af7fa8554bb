import type { Pause } from "./control.ts";
import { isTerminal, type JobState } from "./job.ts";
import { nextRunFor } from "./redrive-policy.ts";
import { type StageName, stageOf } from "./stages/stage-table.ts";
import { iso } from "../platform/iso.ts";

/** What a stage's queue holds. */
export interface Backlog {
  messages: number;
  /** Unix ms; null when it is empty. */
  oldestAt: number | null;
}

/** Why a scan waits. Times are ISO 8601, ages in seconds. */
export interface Waiting {
  reason: "queued" | "retry" | "paused" | "parked";
  /** For residents, in Korean. */
  message: string;
  stage: StageName;
  attempt: number;
  max_attempts: number;
  since: string;
  next_retry_at: string | null;
  next_redrive_at: string | null;
  paused: { by: string; reason: string; since: string; until: string | null } | null;
  backlog: { messages: number; oldest_age_s: number | null } | null;
  last_error: { code: string; message: string } | null;
}

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

import type { Waiting } from "../../client/src/index.ts";
import { koreanTime } from "./korean-time.ts";

/** The small print of why a scan waits: what helps to decide whether to stay. */
export function waitingDetails(waiting: Waiting, now = new Date()): string[] {
  const { reason, attempt, max_attempts, next_retry_at, next_redrive_at, paused } = waiting;
  const next = next_retry_at ?? next_redrive_at;
  const ahead = messagesAhead(waiting);
  const known = [
    attempt > 0 && `시도 ${attempt}/${max_attempts}번째`,
    // A pause outlasts whatever was to be tried while it lasts.
    next && !paused && `다음 시도 ${koreanTime(next, now)}쯤`,
    // Of one that is queued, the sentence itself says so.
    ahead > 0 && reason !== "queued" && `앞에 ${ahead}건`,
    paused?.reason && `사유: ${paused.reason}`,
    paused?.until && `${koreanTime(paused.until, now)}쯤까지`,
  ];
  return known.filter((it): it is string => Boolean(it));
}

/** The scan's own message is one of those in the queue; a parked scan has none. */
const messagesAhead = ({ reason, backlog }: Waiting): number =>
  reason === "parked" ? 0 : (backlog?.messages ?? 0) - 1;

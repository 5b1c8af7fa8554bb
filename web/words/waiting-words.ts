import type { Waiting } from "../../client/src/eco2-edge-client.ts";
import { koreanTime } from "./korean-time.ts";

/** The details of why a scan waits, in small print. */
export function waitingDetails(waiting: Waiting, now = new Date()): string[] {
  const { reason, next_retry_at, next_redrive_at, paused } = waiting;
  const next = next_retry_at ?? next_redrive_at;
  const ahead = messagesAhead(waiting);
  const details = [
    // While its stage is paused there is no retry.
    next && !paused && `다음 시도 ${koreanTime(next, now)}쯤`,
    // The message of a queued scan already has the number.
    ahead > 0 && reason !== "queued" && `앞에 ${ahead}건`,
    paused?.notice && `사유: ${paused.notice}`,
    paused?.until && `${koreanTime(paused.until, now)}쯤까지`,
  ];
  return details.filter((it): it is string => Boolean(it));
}

/** The scan's own message is in the backlog, too; a parked scan has none. */
const messagesAhead = ({ reason, backlog }: Waiting): number =>
  reason === "parked" ? 0 : (backlog?.messages ?? 0) - 1;

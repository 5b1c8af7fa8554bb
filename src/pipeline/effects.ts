import { type DomainEvent, domainEventOf } from "./domain-event.ts";
import type { JobEvent } from "./job-events.ts";
import { type JobState, reduce } from "./job.ts";
import type { GrantMessage, ScanEventsMessage, WebhookMessage } from "./messages.ts";
import { webhookOf } from "./webhook.ts";

/** What a job has to tell the world. Each says itself again as often as it is asked. */
export interface Effects {
  webhooks: WebhookMessage[];
  /** What other domains hear; null when there is nothing new. */
  events: ScanEventsMessage | null;
  /** The character that was announced as new; null when none was. */
  grant: GrantMessage | null;
  /** That the job has ended, with the character it announced, new or not; null while it runs. */
  ended: { jobId: string; userId: string; announced: GrantMessage | null } | null;
}

/**
 * The effects of a job's log after a seq: a pure function of the log, so that the log is the outbox,
 * and what is told twice is the same twice.
 */
export function effectsOf(log: readonly JobEvent[], after: number): Effects {
  const webhooks: WebhookMessage[] = [];
  const events: DomainEvent[] = [];
  let state: JobState | null = null;
  let grant: GrantMessage | null = null;
  let ended: Effects["ended"] = null;
  let seq = 0;
  for (const event of log) {
    state = reduce(state, event);
    if (!state) continue;
    const draft = domainEventOf(event, state);
    const isNew = event.seq > after;
    if (draft && isNew) events.push({ ...draft, seq, at: event.at });
    if (draft) seq++;
    if (!isNew) continue;
    const webhook = webhookOf(event, state);
    if (webhook) webhooks.push(webhook);
    if (event.type !== "done") continue;
    const announced = grantOf(state, event.at);
    ended = { jobId: state.jobId, userId: state.userId, announced };
    grant = state.checkpoints.reward?.reward?.already_owned ? null : announced;
  }
  if (!state) return { webhooks, events: null, grant, ended };
  const { jobId, userId, traceparent } = state;
  const told = events.length > 0 ? { jobId, userId, traceparent, events } : null;
  return { webhooks, events: told, grant, ended };
}

function grantOf(
  { jobId, userId, status, checkpoints }: JobState,
  at: number,
): GrantMessage | null {
  const reward = checkpoints.reward?.reward;
  if (status !== "completed" || !reward) return null;
  const { code, name, type, dialog } = reward;
  return { id: jobId, userId, character: { code, name, type, dialog }, acquiredAt: at };
}

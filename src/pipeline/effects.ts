import type { DomainEvent } from "./domain-event.ts";
import { domainEventOf } from "./domain-event-of.ts";
import { type HistoryEntry, historyEntryOf } from "./history-entry.ts";
import type { JobEvent } from "./job-events.ts";
import { isWordsOnly, type JobState, reduce } from "./job.ts";
import type {
  GrantMessage,
  MatchMessage,
  ScanEventsMessage,
  StageMessage,
  WebhookMessage,
} from "./messages.ts";
import { webhookOf } from "./webhook.ts";

/** The effects of a job's events. Publishing them again must change nothing. */
export interface Effects {
  /** The dead letter of a parked job; null while it is not parked. */
  deadLetter: StageMessage | null;
  webhooks: WebhookMessage[];
  /** The domain events; null when there are none. */
  events: ScanEventsMessage | null;
  /** The ends of the job's runs. */
  ends: RunEnd[];
  /** The job that goes on after its end, because it was confirmed or its steps were ticked; null for any other. */
  continued: Pick<JobState, "jobId" | "userId"> | null;
}

/** The end of a run, with the character that its result announced; null for none. */
export interface RunEnd {
  userId: string;
  entry: HistoryEntry;
  announced: GrantMessage | null;
  /** The character that is still to be matched; null for none, and for a run that another one follows. */
  match: MatchMessage | null;
  /** Whether that match gives a new character only within the day's limit. */
  wordsOnly: boolean;
  /** Whether the scan was parked before, and not cancelled by its resident: subscribed browsers are notified then. */
  wasParked: boolean;
}

/**
 * The effects of the events after a seq. They are a pure function of the log: the log is the outbox, and
 * an effect that is published again is the same.
 */
export function effectsOf(log: readonly JobEvent[], after: number): Effects {
  const webhooks: WebhookMessage[] = [];
  const events: DomainEvent[] = [];
  let state: JobState | null = null;
  let deadLetter: Effects["deadLetter"] = null;
  const ends: RunEnd[] = [];
  let seq = 0;
  let isParked = false;
  for (const event of log) {
    state = reduce(state, event);
    if (!state) continue;
    if (event.type === "parked") isParked = true;
    const wasParked = isParked && state.status !== "cancelled";
    if (event.type === "done") isParked = false;
    const draft = domainEventOf(event, state);
    const isNew = event.seq > after;
    if (draft && isNew) events.push({ ...draft, seq, at: event.at });
    if (draft) seq++;
    if (!isNew) continue;
    const webhook = webhookOf(event, state);
    if (webhook) webhooks.push(webhook);
    deadLetter = event.type === "parked" ? stageMessageOf(state) : null;
    // A test scan has no place in its resident's account.
    if (event.type !== "done" || state.test) continue;
    const entry = historyEntryOf(state, event.at);
    if (!entry) continue;
    const match = event === log.at(-1) ? matchOf(state, event.at) : null;
    const announced = grantOf(state, event.at);
    const wordsOnly = isWordsOnly(state);
    ends.push({ userId: state.userId, entry, announced, match, wordsOnly, wasParked });
  }
  if (!state) return { deadLetter, webhooks, events: null, ends, continued: null };
  const { jobId, userId, traceparent, endedAt, replaces } = state;
  const message = events.length > 0 ? { jobId, userId, traceparent, events } : null;
  const continued = replaces && endedAt === null ? { jobId, userId } : null;
  return { deadLetter, webhooks, events: message, ends, continued };
}

/** The message of a job's domain events from a seq of theirs; null when it has none. */
export function domainEventsFrom(log: readonly JobEvent[], seq: number): ScanEventsMessage | null {
  const { events: message } = effectsOf(log, -1);
  const events = message?.events.filter((event) => event.seq >= seq) ?? [];
  return message && events.length > 0 ? { ...message, events } : null;
}

/** The message of the stage that a job is at. */
export const stageMessageOf = ({
  jobId,
  stage,
  traceparent,
  redrives,
}: JobState): StageMessage => ({
  jobId,
  stage,
  traceparent,
  redrives,
});

function grantOf(
  { jobId, userId, status, checkpoints }: JobState,
  at: number,
): GrantMessage | null {
  const reward = checkpoints.reward?.reward;
  if (status !== "completed" || !reward) return null;
  const { code, name, type, dialog } = reward;
  return { id: jobId, userId, character: { code, name, type, dialog }, acquiredAt: at };
}

function matchOf(
  { jobId, userId, status, checkpoints: { vision, reward } }: JobState,
  endedAt: number,
): MatchMessage | null {
  if (status !== "completed" || !vision || !reward?.reward_pending) return null;
  return { jobId, userId, middleCategory: vision.classification.middle_category, endedAt };
}

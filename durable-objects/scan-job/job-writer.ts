import { eventsVersion } from "../../src/pipeline/domain-event.ts";
import { domainEventsFrom, effectsOf } from "../../src/pipeline/effects.ts";
import type { Decision } from "../../src/pipeline/decisions/decision.ts";
import { holds } from "../../src/pipeline/decisions/attempts.ts";
import { contentOf } from "../../src/pipeline/job-content.ts";
import type { EventDraft } from "../../src/pipeline/job-events.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import { leaseMs } from "../../src/pipeline/lease.ts";
import { type NotFound, notFound, stale } from "../../src/pipeline/refusals.ts";
import { scanLineOf } from "../../src/pipeline/scan-line.ts";
import {
  replyToRepeated,
  type Submission,
  type SubmitReply,
} from "../../src/pipeline/submission.ts";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { withoutParking } from "../../src/pipeline/test-scan.ts";
import { log } from "../../src/platform/log.ts";
import { eventLog } from "./event-log.ts";
import { idempotencyRecord } from "./idempotency-record.ts";
import { outbox } from "./outbox.ts";
import { type PartialText, subscribers } from "./subscribers.ts";
import { watchdog as createWatchdog } from "./watchdog.ts";

export type JobWriter = ReturnType<typeof jobWriter>;

/** Events whose effects are published at once. */
const isMilestone = ({ type }: EventDraft) => type === "parked" || type === "done";
/** Events that start a stage without an attempt: until one begins, only the watchdog looks after it. */
const isStart = ({ type }: EventDraft) =>
  type === "queued" || type === "resumed" || type === "confirmed" || type === "steps_done";

/**
 * The only writer of a job. A decision's events are committed and broadcast in one turn, which the
 * runtime lets out when they are durable; then its message is sent and the outbox is published.
 */
export function jobWriter(ctx: DurableObjectState, env: Env) {
  const events = eventLog(ctx.storage);
  const { dispatch, dispatchFirst, publish } = outbox(env, events);
  const sockets = subscribers(ctx);
  const record = idempotencyRecord(ctx.storage);
  const watchdog = createWatchdog(ctx.storage, env, {
    log: events,
    apply: carryOut,
    publish,
    purge,
    record,
  });
  /** Not stored: the attempt sends all of its text each time. */
  let text: Omit<PartialText, "state"> | null = null;

  const partialText = (): PartialText | null =>
    events.state && text && { state: events.state, ...text };

  function commit(drafts: readonly EventDraft[]) {
    if (drafts.length === 0) return;
    const textBefore = partialText();
    // The alarm of a parked job may be an hour away.
    const wasParked = events.state?.parkedAt != null;
    sockets.broadcast(events.append(drafts, Date.now()), textBefore);
    if (wasParked || drafts.some(isStart)) watchdog.arm();
    if (drafts.at(-1)?.type === "done") log("info", "scan.ended", scanLineOf(events.events));
  }

  async function carryOut<Reply>(decided: Decision<Reply>): Promise<Reply> {
    const decision = events.state ? withoutParking(events.state, decided) : decided;
    commit(decision.events);
    if (decision.dispatch) await dispatch(decision.dispatch);
    const isDue = decision.events.some(isMilestone) || hasWebhooks();
    // Published and ended: what is left for the alarm is to purge the job.
    const isPublished = isDue && (await publish());
    if (isPublished && events.state?.endedAt != null) {
      watchdog.arm();
      ctx.waitUntil(watchdog.release());
    }
    return decision.reply;
  }

  /** Whether webhooks of other events than milestones were asked for, and wait. */
  const hasWebhooks = () =>
    events.state?.request.callback_events !== undefined &&
    effectsOf(events.events, events.publishedSeq).webhooks.length > 0;

  /** Broadcasts the text of the running attempt as far as it has grown. */
  function publishText(stage: StageName, lease: string, soFar: string) {
    if (!events.state) return notFound;
    if (!holds(events.state, stage, lease)) return stale;
    if (soFar) text = { lease, text: soFar };
    sockets.publishText(partialText());
    return "published";
  }

  /** Deletes the job. Its idempotency record stays. */
  async function purge() {
    const { state } = events;
    events.clear();
    text = null;
    if (state && record.replaceJob(state)) watchdog.arm();
    else await ctx.storage.deleteAll();
  }

  return {
    /** Null when there is no such job. */
    get state(): JobState | null {
      return events.state;
    },
    /** The request, the answer and the calls as far as they are kept; null when there is no such job. */
    content: () => contentOf(events.events),
    domainEvents: (from: number) => domainEventsFrom(events.events, from),
    /** The state, for its user; null for anybody else, and for a test scan. */
    ofUser: (userId: string | null) =>
      events.state?.userId === userId && !events.state.test ? events.state : null,
    watchdog,
    changeOwner: (userId: string) => events.changeOwner(userId),

    /** Accepts a job once. The reply waits for the commit, and not for the first message. */
    async submit(submission: Submission): Promise<SubmitReply> {
      const reply = replyToRepeated(submission, events.state, record.read());
      if (reply) return reply;
      commit([{ type: "queued", ...submission, eventsVersion }]);
      const { state } = events;
      if (!state) throw new Error("The first event of a job is not queued");
      ctx.waitUntil(dispatchFirst());
      if (hasWebhooks()) ctx.waitUntil(publish());
      return { verdict: "accepted", state };
    },

    /** What `submit` answers to a request that was accepted before, which this deployment would refuse. */
    replyToRefused: (requestHash: string): SubmitReply | NotFound =>
      replyToRepeated({ request: null, requestHash }, events.state, record.read()) ?? notFound,

    /** Decides on the current state, and carries it out. */
    async apply<Reply>(
      decide: (state: JobState, now: number) => Decision<Reply>,
    ): Promise<Reply | NotFound> {
      return events.state ? carryOut(decide(events.state, Date.now())) : notFound;
    },

    /** Deletes everything. The reply names the photo that was stored for the job, if any. */
    async erase(): Promise<{ photoKey: string | null } | NotFound> {
      const { state } = events;
      if (!state && !record.read()) return watchdog.expire();
      sockets.disconnect();
      events.clear();
      text = null;
      await ctx.storage.deleteAll();
      if (state) await watchdog.untrack(state.jobId);
      const photo = state?.request.photo;
      return { photoKey: photo?.kind === "stored" ? photo.key : null };
    },

    publishText,

    /** Renews the lease of the running attempt, and broadcasts its text. */
    renewLease(stage: StageName, lease: string, soFar: string) {
      const published = publishText(stage, lease, soFar);
      if (published !== "published") return published;
      events.renewLease(Date.now() + leaseMs);
      return "renewed";
    },

    /** Keeps the text of the running attempt, which may be broadcast with the attempt's events. */
    setText(stage: StageName, lease: string, soFar: string) {
      if (events.state && holds(events.state, stage, lease)) text = { lease, text: soFar };
    },

    /** Replays the frames after a cursor to a new subscriber, and keeps it for those to come. */
    subscribe(socket: WebSocket, encoding: Parameters<typeof sockets.subscribe>[1], after: number) {
      if (!events.state) return;
      sockets.subscribe(socket, encoding, events.framesAfter(after), events.state, partialText());
    },
  };
}

import type { Lane } from "./admission.ts";
import { type Budgets, budgetsAfter, freshBudgets } from "./budgets.ts";
import type { Failure } from "./errors.ts";
import type { Confirmed, JobEvent, Queued, StepsDone } from "./job-events.ts";
import { leaseMs } from "./lease.ts";
import { costOf, type ModelCall } from "./model-call.ts";
import type { ScanRequest } from "./request.ts";
import {
  type Checkpoints,
  firstStage,
  isBefore,
  nextStage,
  stageOf,
  StageName,
} from "./stages/stage-table.ts";
import type { Classification } from "./taxonomy.ts";
import type { TestOf } from "./test-scan.ts";
import { type Timeline, withAttempt, withCompletion, withoutAttempt } from "./timeline.ts";

export type JobStatus = "queued" | "running" | "parked" | "completed" | "failed" | "cancelled";

/** A model call of a job, with the attempt it belongs to. */
export interface StageCall extends ModelCall {
  stage: StageName;
  attempt: number;
}

/** The state of a job, folded from its events. Times are Unix ms. */
export interface JobState extends Budgets {
  jobId: string;
  status: JobStatus;
  userId: string;
  request: ScanRequest;
  /** Of what the client sent; null for a job of an earlier version. */
  requestHash: string | null;
  /** Whether an idempotency key names it. */
  keyed: boolean;
  traceparent: string;
  /** Of a test scan: what it is a test of; null for a resident's scan. */
  test: TestOf | null;
  /** Which of a stage's queues carry its messages. */
  lane: Lane;
  /** Codes of the characters that its user owned at admission. */
  owned: readonly string[];
  /** Which domain events it has. */
  eventsVersion: number;
  /** The stage that runs or waits, or that ran last. */
  stage: StageName;
  /** The running attempt. */
  lease: { id: string; expiresAt: number } | null;
  /** When the stage became, or becomes, ready to run. */
  readyAt: number;
  /** Since when it waits, while it does: it became ready, or its last attempt ended. */
  waitingSince: number;
  /** When the stage's message was last sent, and how often since it became ready. */
  dispatchedAt: number;
  dispatches: number;
  checkpoints: Checkpoints;
  timeline: Timeline;
  /** Every recorded model call, oldest first. */
  calls: readonly StageCall[];
  /** Why the job waits or failed; null while nothing is wrong. */
  error: Failure | null;
  /** The provider that is at fault for the error; null when none is. */
  provider: string | null;
  /** Percent, 0 to 100. */
  progress: number;
  submittedAt: number;
  parkedAt: number | null;
  /** How often the job was redriven, how often of that by no operator, and the last decision to do so. */
  redrives: number;
  automaticRedrives: number;
  redrivenBy: string | null;
  /** When the run ended. Nothing follows but a confirmation, or ticked steps. */
  endedAt: number | null;
  /** The resident's confirmation; null without one. A job is confirmed once. */
  confirmation: Confirmation | null;
  /** Whether the resident has ticked the steps of the last answer. */
  stepsDone: boolean;
  /** The outcome of the run that this one replaces; null in the first run. */
  replaces: Outcome | null;
  nextSeq: number;
}

export type Confirmation = Pick<Confirmed, "classification" | "by">;

/** What a run came to. */
export interface Outcome {
  endedAt: number;
  classification: Classification;
  rewarded: boolean;
  usage: ReturnType<typeof costOf>;
}

/** From words alone, without the resident's word that the steps are done. */
export const isWordsOnly = ({ request, stepsDone }: JobState): boolean =>
  request.photo === null && !stepsDone;

export const isTerminal = ({ status }: JobState): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";

/** The state of a job from its whole log; null when the log is empty. */
export const replay = (events: readonly JobEvent[]): JobState | null =>
  events.reduce<JobState | null>(reduce, null);

/**
 * One step of the state machine. It is total: an event that cannot happen in a state leaves the state
 * as it is, so that a log is never unreadable.
 */
export function reduce(state: JobState | null, event: JobEvent): JobState | null {
  if (event.type === "queued") return state ?? queued(event);
  if (!state) return state;
  if (event.type === "confirmed") return confirmed(state, event);
  if (event.type === "steps_done") return finished(state, event);
  if (state.endedAt !== null) return state;
  const next = { ...state, nextSeq: event.seq + 1 };
  if (event.type === "done") {
    return {
      ...next,
      status: isTerminal(state) ? state.status : "completed",
      progress: 100,
      endedAt: event.at,
    };
  }
  if (isTerminal(state)) return state;
  const idle = { ...next, lease: null };
  switch (event.type) {
    case "started":
      return {
        ...next,
        status: "running",
        stage: event.stage,
        attempt: event.attempt,
        lease: { id: event.lease, expiresAt: event.at + leaseMs },
        dispatches: 0,
        progress: stageOf(event.stage).progress.from,
        timeline: withAttempt(state.timeline, event.stage, event.at),
      };
    case "completed": {
      const following = nextStage(event.stage);
      return {
        ...idle,
        ...(following && ready(following, event.at)),
        checkpoints: { ...state.checkpoints, [event.stage]: event.output },
        calls: withCalls(state, event.stage, "calls" in event.output ? event.output.calls : []),
        timeline: withCompletion(state.timeline, event.stage, event.at),
        ...nothingWrong,
        progress: stageOf(event.stage).progress.to,
      };
    }
    case "retrying":
      return {
        ...idle,
        ...(state.lease && budgetsAfter(state, event)),
        ...(state.lease &&
          event.budget === "wait" && {
            timeline: withoutAttempt(state.timeline, event.stage, event.at),
          }),
        ...wrong(event),
        calls: withCalls(state, event.stage, event.calls),
        waitingSince: event.at,
        dispatchedAt: event.retryAt,
        // A lost message does not shorten the stage's wait: only an attempt starts it anew.
        ...(state.lease
          ? { readyAt: event.retryAt, dispatches: 0 }
          : { dispatches: state.dispatches + 1 }),
      };
    case "parked":
      return {
        ...idle,
        status: "parked",
        ...wrong(event),
        parkedAt: event.at,
        calls: withCalls(state, event.stage, event.calls),
      };
    case "resumed":
      return {
        ...idle,
        ...ready(event.stage, event.at),
        status: "running",
        checkpoints: before(event.stage, state.checkpoints),
        ...nothingWrong,
        progress: stageOf(event.stage).progress.from,
        parkedAt: null,
        redrives: state.redrives + 1,
        automaticRedrives: state.automaticRedrives + (event.automatic ? 1 : 0),
        redrivenBy: event.decision,
      };
    case "postponed":
      return { ...idle, readyAt: event.until, dispatchedAt: event.until, dispatches: 0 };
    case "failed":
      return {
        ...idle,
        status: "failed",
        ...wrong(event),
        calls: withCalls(state, event.stage, event.calls),
      };
    case "cancelled":
      return { ...idle, status: "cancelled", ...nothingWrong };
  }
}

/** The job goes on behind its first stage, with the class that its resident chose. */
function confirmed(state: JobState, event: Confirmed): JobState {
  const { checkpoints, endedAt } = state;
  const following = nextStage(firstStage.name);
  if (!checkpoints.vision || !following || endedAt === null || state.confirmation) return state;
  const { classification, situation_tags, by } = event;
  const certainty = { confidence: 1, asks: null, notice: null, confirmed_by: by };
  return {
    ...state,
    ...ready(following, event.at),
    nextSeq: event.seq + 1,
    status: "running",
    endedAt: null,
    checkpoints: {
      vision: { ...checkpoints.vision, classification, situation_tags, ...certainty },
    },
    timeline: Object.fromEntries(
      Object.entries(state.timeline).filter(([stage]) => stage === firstStage.name),
    ),
    progress: firstStage.progress.to,
    confirmation: { classification, by },
    stepsDone: false,
    replaces: outcomeOf(state, checkpoints.vision.classification, endedAt),
  };
}

/** The job goes on at its last stage, with nothing left to do. */
function finished(state: JobState, event: StepsDone): JobState {
  const { vision, rule, answer } = state.checkpoints;
  const { endedAt } = state;
  if (!vision || !rule || !answer || endedAt === null || state.stepsDone) return state;
  return {
    ...state,
    ...ready("reward", event.at),
    nextSeq: event.seq + 1,
    status: "running",
    endedAt: null,
    checkpoints: { vision, rule, answer: { ...answer, insufficiencies: [] } },
    timeline: Object.fromEntries(
      Object.entries(state.timeline).filter(([stage]) => stage !== "reward"),
    ),
    progress: stageOf("answer").progress.to,
    stepsDone: true,
    replaces: outcomeOf(state, vision.classification, endedAt),
  };
}

const outcomeOf = (
  { checkpoints, calls }: JobState,
  classification: Classification,
  endedAt: number,
): Outcome => ({
  endedAt,
  classification,
  rewarded: Boolean(checkpoints.reward?.reward),
  usage: costOf(calls),
});

function queued(event: Queued): JobState {
  const { jobId, userId, request, requestHash, keyed, traceparent, lane, owned, seq, at } = event;
  const { eventsVersion = 1, test = null } = event;
  return {
    jobId,
    status: "queued",
    userId,
    request,
    requestHash,
    keyed,
    traceparent,
    test,
    lane,
    owned,
    eventsVersion,
    ...ready(firstStage.name, at),
    lease: null,
    checkpoints: {},
    timeline: {},
    calls: [],
    ...nothingWrong,
    progress: 0,
    submittedAt: at,
    parkedAt: null,
    redrives: 0,
    automaticRedrives: 0,
    redrivenBy: null,
    endedAt: null,
    confirmation: null,
    stepsDone: false,
    replaces: null,
    nextSeq: seq + 1,
  };
}

/** The checkpoints of the stages before one: a job that goes back to it runs the others again. */
const before = (stage: StageName, checkpoints: Checkpoints): Checkpoints =>
  Object.fromEntries(
    Object.entries(checkpoints).filter(([name]) => isBefore(StageName.parse(name), stage)),
  );

const nothingWrong: Pick<JobState, "error" | "provider"> = { error: null, provider: null };

const wrong = ({ error, provider }: { error: Failure; provider?: string | undefined }) => ({
  error,
  provider: provider ?? null,
});

const ready = (stage: StageName, at: number) => ({
  stage,
  ...freshBudgets,
  readyAt: at,
  waitingSince: at,
  dispatchedAt: at,
  dispatches: 0,
});

const withCalls = (
  { calls, attempt }: JobState,
  stage: StageName,
  made: readonly ModelCall[],
): readonly StageCall[] => [...calls, ...made.map((call) => ({ ...call, stage, attempt }))];

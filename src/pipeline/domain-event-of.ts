import type { DomainEventDraft } from "./domain-event.ts";
import type { JobEvent } from "./job-events.ts";
import type { JobState, Outcome } from "./job.ts";
import { costOf } from "./model-call.ts";
import { matchedMunicipality } from "./matched-municipality.ts";
import { rewardRefusalOf } from "./reward-refusal.ts";
import type { StageName } from "./stages/stage-table.ts";
import type { TestOf } from "./test-scan.ts";
import { withoutWords } from "./without-words.ts";

/** The domain event of a job's event; `state` is the job's state after it. Null for most events. */
export function domainEventOf(event: JobEvent, state: JobState): DomainEventDraft | null {
  if (state.test) return event.type === "done" ? testedEventOf(state, state.test) : null;
  const { request, checkpoints, replaces } = state;
  const { model, user_input: words } = request;
  const region = matchedMunicipality(request.region);
  const without = withoutWords(words);
  const error = state.error && without.failure(state.error);
  switch (event.type) {
    case "queued": {
      const data = {
        model,
        region,
        photo: request.photo !== null,
        words: words !== null,
      };
      return { type: "scan.requested", data };
    }
    case "completed":
      return stageEventOf(event.stage, state, without);
    case "parked":
      return (
        error && {
          type: "scan.parked",
          data: { stage: state.stage, error, redrives: state.redrives },
        }
      );
    case "done": {
      const { status, submittedAt } = state;
      const { vision, answer, reward } = checkpoints;
      if (status !== "completed" && status !== "failed" && status !== "cancelled") return null;
      const data = {
        model,
        region,
        status,
        requested_at: submittedAt,
        classification: vision ? without.classification(vision.classification) : null,
        insufficiencies: without.insufficiencies(answer?.insufficiencies ?? []),
        reward: reward?.reward ? without.reward(reward.reward) : null,
        ...(status === "completed" && reward?.reward_pending && { reward_pending: true }),
        error,
        ...(isOperated(state) && { operated: true }),
        ...(replaces && { replaces: replacedOf(replaces, without) }),
        photo_key: photoKeyOf(state),
        ...costsOf(costOf(state.calls)),
      };
      return { type: status === "completed" ? "scan.completed" : "scan.failed", data };
    }
    case "confirmed": {
      const { by } = event;
      const chosen = without.classification(event.classification);
      const shown = checkpoints.vision?.candidates ?? [];
      const data = { by, chosen, shown, model, photo_key: photoKeyOf(state) };
      return { type: "scan.confirmed", data };
    }
    case "started":
    case "retrying":
    case "resumed":
    case "postponed":
    case "failed":
    case "cancelled":
    case "steps_done":
      return null;
  }
}

/** The one event of a test scan: readers of scans do not take it for one. */
function testedEventOf(state: JobState, { of }: TestOf): DomainEventDraft | null {
  const { request, status, submittedAt, checkpoints, error } = state;
  if (status !== "completed" && status !== "failed" && status !== "cancelled") return null;
  const without = withoutWords(request.user_input);
  const { vision } = checkpoints;
  const data = {
    of,
    model: request.model,
    region: matchedMunicipality(request.region),
    status,
    requested_at: submittedAt,
    classification: vision ? without.classification(vision.classification) : null,
    error: error && without.failure(error),
    ...costsOf(costOf(state.calls)),
  };
  return { type: "scan.tested", data };
}

/** Whether a run would not have ended, or not so, without an operator. */
const isOperated = ({ redrives, automaticRedrives, status, parkedAt }: JobState): boolean =>
  redrives > automaticRedrives || (status === "failed" && parkedAt !== null);

const photoKeyOf = ({ request: { photo } }: JobState) =>
  photo?.kind === "stored" ? photo.key : null;

const costsOf = ({ cost_usd, ...tokens }: ReturnType<typeof costOf>) => ({
  ...tokens,
  cost_micro_usd: Math.round(cost_usd * 1e6),
});

type WithoutWords = ReturnType<typeof withoutWords>;

const replacedOf = (
  { endedAt, classification, rewarded, usage }: Outcome,
  without: WithoutWords,
) => ({
  ended_at: endedAt,
  classification: without.classification(classification),
  rewarded,
  ...costsOf(usage),
});

/** Null for a stage that has no event of its own. */
function stageEventOf(
  stage: StageName,
  { checkpoints, eventsVersion }: JobState,
  without: WithoutWords,
): DomainEventDraft | null {
  const { vision, rule, answer, reward } = checkpoints;
  if (!vision) return null;
  const { situation_tags, confidence, regulation_version } = vision;
  switch (stage) {
    case "vision": {
      const classification = without.classification(vision.classification);
      const data = { classification, situation_tags, confidence, regulation_version };
      return { type: "scan.classified", data };
    }
    case "rule":
      if (!rule || eventsVersion < 2) return null;
      return {
        type: "scan.rules_retrieved",
        data: {
          regulation_key: rule.rule?.key ?? null,
          regulation_version,
          group: rule.rule?.group ?? null,
          municipality: rule.region?.applied ?? null,
        },
      };
    case "answer": {
      if (!answer) return null;
      const insufficiencies = without.insufficiencies(answer.insufficiencies);
      const steps = Object.keys(answer.disposal_steps).length;
      return { type: "scan.answered", data: { steps, insufficiencies } };
    }
    case "reward": {
      if (!rule || !answer || !reward) return null;
      if (reward.reward) {
        const data = { reward_granted: true as const, ...without.reward(reward.reward) };
        return { type: "scan.rewarded", data };
      }
      if (eventsVersion < 2) return null;
      const reason = rewardRefusalOf(checkpoints);
      return reason && { type: "scan.rewarded", data: { reward_granted: false, reason } };
    }
    default:
      return null;
  }
}

import { z } from "zod";
import type { EventFrame } from "../../src/pipeline/frames.ts";
import type { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { ResultBody } from "../../src/pipeline/result-body.ts";
import { Reward } from "../../src/pipeline/stages/reward.ts";
import { Classification } from "../../src/pipeline/taxonomy.ts";
import type { HistoryItem, StatisticsRow } from "./stores.ts";

/** A frame, and its text as it was sent. */
export interface SeenFrame {
  frame: EventFrame;
  text: string;
}

/** A scan of the storm, as its client knows it. */
export interface StormScan {
  userId: string;
  jobId: string;
  /** Names it to the model. */
  marker: string;
  hasCallback: boolean;
  /** The frames in the order in which the client received them, over all its connections. */
  received: readonly SeenFrame[];
  /** All frames, replayed when all is quiet. */
  log: readonly SeenFrame[];
}

/** What a scan has to leave behind, computed from what its client received. */
export interface ExpectedScan {
  scan: StormScan;
  result: ResultBody;
  /** Unix ms. */
  endedAt: number;
  reward: z.infer<typeof Reward> | null;
  history: HistoryItem;
  /** The types and times of its domain events, in order. */
  events: readonly { type: string; time: string }[];
  /** The ids of its webhooks, with their types. */
  webhooks: readonly { id: string; type: string }[];
}

const VisionOutput = z.object({ classification: Classification });
const AnswerOutput = z.object({ insufficiencies: z.array(z.string()) });
const RewardOutput = z.object({ reward: Reward.nullable() });

const isDone = ({ stage }: EventFrame) => stage === "done";

/** Null for a scan whose end its client does not know. */
export function expectedOf(scan: StormScan): ExpectedScan | null {
  const frames = scan.received.map(({ frame }) => frame);
  const [first] = frames;
  const done = frames.find(isDone);
  if (!first || !done) return null;
  const outputOf = (stage: EventFrame["stage"]) =>
    frames.findLast((it) => it.stage === stage && it.status === "completed")?.result;
  const result = ResultBody.parse(done.result);
  const classification = VisionOutput.safeParse(outputOf("vision")).data?.classification;
  const reward = RewardOutput.safeParse(outputOf("reward")).data?.reward ?? null;
  const insufficiencies = AnswerOutput.safeParse(outputOf("answer")).data?.insufficiencies ?? [];
  const endedAt = Date.parse(done.ts);
  return {
    scan,
    result,
    endedAt,
    reward,
    history: {
      job_id: scan.jobId,
      requested_at: first.ts,
      ended_at: done.ts,
      status: result.status,
      model: result.metadata.model,
      category: classification
        ? {
            major: classification.major_category,
            middle: classification.middle_category,
            minor: classification.minor_category,
          }
        : null,
      insufficiencies,
      reward: reward && { code: reward.code, name: reward.name },
      error_code: result.error?.code ?? null,
    },
    events: frames.flatMap((frame) => {
      const type = eventTypeOf(frame, result);
      return type ? [{ type, time: frame.ts }] : [];
    }),
    webhooks: scan.hasCallback ? frames.flatMap((frame) => webhookOf(scan, frame, result)) : [],
  };
}

const eventsOfStages: Readonly<Partial<Record<StageName, string>>> = {
  vision: "scan.classified",
  rule: "scan.rules_retrieved",
  answer: "scan.answered",
  reward: "scan.rewarded",
};

/** The type of a frame's domain event; null for most frames. */
function eventTypeOf({ stage, status }: EventFrame, { status: end }: ResultBody) {
  if (status === "parked") return "scan.parked";
  if (stage === "queued") return "scan.requested";
  if (stage === "done") return end === "completed" ? "scan.completed" : "scan.failed";
  if (status !== "completed") return null;
  return eventsOfStages[stage] ?? null;
}

function webhookOf({ jobId }: StormScan, frame: EventFrame, { status }: ResultBody) {
  const id = `${jobId}:${frame.seq}`;
  if (frame.status === "parked") return [{ id, type: "scan.parked" }];
  return isDone(frame) ? [{ id, type: `scan.${status}` }] : [];
}

/** The daily statistics of ended scans. */
export function expectedStatistics(scans: readonly ExpectedScan[]): StatisticsRow[] {
  const rows = new Map<string, StatisticsRow>();
  for (const { history, result, reward } of scans) {
    const head = {
      day: history.ended_at.slice(0, 10),
      major: history.category?.major ?? "",
      middle: history.category?.middle ?? "",
      model: history.model,
      outcome: history.status,
    };
    const key = JSON.stringify(head);
    const empty = { scans: 0, rewards: 0, input_tokens: 0, output_tokens: 0, cost_micro_usd: 0 };
    const row = rows.get(key) ?? { ...head, ...empty };
    rows.set(key, row);
    row.scans += 1;
    row.rewards += reward ? 1 : 0;
    row.input_tokens += result.metadata.usage.input_tokens;
    row.output_tokens += result.metadata.usage.output_tokens;
    row.cost_micro_usd += Math.round(result.metadata.usage.cost_usd * 1e6);
  }
  return [...rows.values()];
}

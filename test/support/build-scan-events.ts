import type { DomainEvent } from "../../src/pipeline/domain-event.ts";
import type { ScanEventsMessage } from "../../src/pipeline/messages.ts";
import { traceparent } from "./job-builders.ts";

/** When the first scan of a test is submitted: 2026-10-01T00:00:00Z. */
export const firstScanAt = Date.UTC(2026, 9, 1);

const classification = {
  major_category: "재활용폐기물",
  middle_category: "무색페트병",
  minor_category: "생수병",
} as const;
const other = {
  major_category: "대형폐기물",
  middle_category: "대형폐기물",
  minor_category: null,
} as const;
const reward = {
  code: "char-petty",
  name: "페티",
  type: "재활용",
  dialog: "고마워!",
  match_reason: "무색페트병>생수병",
  already_owned: false,
};
const failure = { code: "MODEL_UNAVAILABLE", message: "The model did not answer." };

export interface ScanEvents {
  jobId: string;
  userId: string;
  traceparent: string;
  events: DomainEvent[];
}

type Ended = Extract<DomainEvent, { type: "scan.completed" }>["data"];

/** The events of a scan from its submission to its end. `way` selects its outcome. */
export function buildScanEvents({
  jobId = crypto.randomUUID(),
  userId = crypto.randomUUID(),
  at = Date.now(),
  way = 0,
  ...ended
}: {
  jobId?: string;
  userId?: string;
  at?: number;
  way?: number;
} & Partial<Ended> = {}): ScanEvents {
  const status = (["completed", "completed", "failed", "cancelled"] as const)[way % 4] ?? "failed";
  const parks = way % 5 === 0;
  const model = way % 3 === 0 ? "gpt-5.2" : "offline";
  const region = way % 2 === 0 ? "서울특별시 강남구" : null;
  const rewarded = way % 4 === 0;
  const sort = way % 4 === 1 ? other : classification;
  const data: Ended = {
    model,
    region,
    status,
    requested_at: at,
    classification: status === "cancelled" ? null : sort,
    insufficiencies: way % 4 === 1 ? ["라벨을 떼어 주세요."] : [],
    reward: rewarded ? reward : null,
    error: status === "failed" ? failure : null,
    photo_key: way % 2 === 0 ? `scan/${jobId}.png` : null,
    input_tokens: 100 + way,
    output_tokens: 20 + way,
    cost_micro_usd: 455 + way,
    ...ended,
  };
  type UnnumberedEvent = DomainEvent extends infer Event
    ? Event extends DomainEvent
      ? Omit<Event, "seq" | "at">
      : never
    : never;
  const unnumbered: UnnumberedEvent[] = [
    { type: "scan.requested", data: { model, region, photo: true, words: true } },
    ...(status === "cancelled"
      ? []
      : [
          {
            type: "scan.classified" as const,
            data: {
              classification: sort,
              situation_tags: ["내용물_없음" as const],
              regulation_version: "v1",
            },
          },
        ]),
    ...(status === "completed"
      ? [
          {
            type: "scan.rules_retrieved" as const,
            data: {
              regulation_key: rewarded ? "재활용폐기물_무색페트병" : null,
              regulation_version: "v1",
              group: null,
              municipality: region,
            },
          },
        ]
      : []),
    ...(parks
      ? [
          {
            type: "scan.parked" as const,
            data: { stage: "answer" as const, error: failure, redrives: 0 },
          },
        ]
      : []),
    ...(status === "completed"
      ? [
          {
            type: "scan.answered" as const,
            data: { steps: 2, insufficiencies: data.insufficiencies },
          },
        ]
      : []),
    ...(rewarded
      ? [{ type: "scan.rewarded" as const, data: { reward_granted: true as const, ...reward } }]
      : []),
    ...(status === "completed" && !rewarded
      ? [
          {
            type: "scan.rewarded" as const,
            data: { reward_granted: false as const, reason: "not_recyclable" as const },
          },
        ]
      : []),
    { type: status === "completed" ? "scan.completed" : "scan.failed", data },
  ];
  const events = unnumbered.map((event, seq) => Object.assign({ seq, at: at + seq * 1000 }, event));
  return { jobId, userId, traceparent, events };
}

/** A scan's events as its job sends them: in one message, or split before the seqs in `cuts`. */
export function messagesOf(
  { jobId, userId, traceparent, events }: ScanEvents,
  cuts: number[] = [],
) {
  const edges = [0, ...cuts, events.length];
  return edges.slice(1).flatMap((end, index): ScanEventsMessage[] => {
    const part = events.slice(edges[index], end);
    return part.length > 0 ? [{ jobId, userId, traceparent, events: part }] : [];
  });
}

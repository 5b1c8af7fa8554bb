import { describe, expect, it } from "vitest";
import { DomainEvent, eventsVersion } from "../../src/pipeline/domain-event.ts";
import { effectsOf } from "../../src/pipeline/effects.ts";
import type { EventDraft, JobEvent } from "../../src/pipeline/job-events.ts";
import { matchedMunicipality } from "../../src/pipeline/matched-municipality.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import type { Checkpoints } from "../../src/pipeline/stages/stage-table.ts";
import { quotes } from "../../src/pipeline/without-words.ts";
import { unknownRegionNote } from "../../src/resident-messages.ts";
import { buildSubmission, stageOutputs, unclearVision } from "../support/job-builders.ts";

interface Scan {
  request?: Partial<ScanRequest>;
  outputs?: Partial<Required<Checkpoints>>;
  /** Null for a job of the version before events had one. */
  version?: number | null;
}

/** The log of a scan that completes. */
function logOf({ request = {}, outputs = {}, version = eventsVersion }: Scan = {}): JobEvent[] {
  const { vision, rule, answer, reward } = { ...stageOutputs, ...outputs };
  const drafts: EventDraft[] = [
    {
      type: "queued",
      ...buildSubmission(request),
      ...(version !== null && { eventsVersion: version }),
    },
    { type: "started", stage: "vision", attempt: 1, lease: "a" },
    { type: "completed", stage: "vision", output: vision },
    { type: "started", stage: "rule", attempt: 1, lease: "a" },
    { type: "completed", stage: "rule", output: rule },
    { type: "started", stage: "answer", attempt: 1, lease: "b" },
    { type: "completed", stage: "answer", output: answer },
    { type: "started", stage: "reward", attempt: 1, lease: "b" },
    { type: "completed", stage: "reward", output: reward },
    { type: "done" },
  ];
  return drafts.map((draft, seq): JobEvent => Object.assign({ seq, at: seq * 1000 }, draft));
}

const eventsOf = (scan?: Scan): DomainEvent[] => effectsOf(logOf(scan), -1).events?.events ?? [];
const dataOf = (type: DomainEvent["type"], scan?: Scan) =>
  eventsOf(scan).find((event) => event.type === type)?.data;

const noReward = { reward: null, reward_pending: false };
const { vision, rule, answer } = stageOutputs;
const bulky = {
  ...vision,
  classification: {
    major_category: "대형폐기물" as const,
    middle_category: "대형폐기물",
    minor_category: "책장",
  },
};

describe("the domain events of a scan", () => {
  it("tell each stage in order, with the probability of the class and the rule that was found", () => {
    const events = eventsOf({ outputs: { vision: { ...vision, confidence: 0.82 } } });
    expect(events.map(({ type }) => type)).toEqual([
      "scan.requested",
      "scan.classified",
      "scan.rules_retrieved",
      "scan.answered",
      "scan.rewarded",
      "scan.completed",
    ]);
    expect(events[1]?.data).toMatchObject({ confidence: 0.82 });
    expect(events[2]?.data).toEqual({
      regulation_key: "재활용폐기물_무색페트병",
      regulation_version: "v1",
      group: null,
      municipality: null,
    });
    expect(events[4]?.data).toMatchObject({ reward_granted: true, code: "char-petty" });
  });

  it("name the municipality whose rules were applied, and no document when none rules the item", () => {
    const region = { asked: "강남", applied: "서울특별시 강남구", note: null };
    const found = { rule: { rule: null, region } };
    expect(dataOf("scan.rules_retrieved", { outputs: found })).toMatchObject({
      regulation_key: null,
      municipality: "서울특별시 강남구",
    });
  });

  it.each([
    ["not_recyclable", { vision: bulky, reward: noReward }],
    ["no_rule", { rule: { ...rule, rule: null }, reward: noReward }],
    ["insufficiencies", { answer: { ...answer, insufficiencies: ["라벨"] }, reward: noReward }],
    ["not_confirmed", { vision: unclearVision, reward: noReward }],
    ["no_character", { reward: noReward }],
    ["catalog_unavailable", { reward: { reward: null, reward_pending: true } }],
  ])("give %s as the reason when no character is granted", (reason, outputs) => {
    expect(dataOf("scan.rewarded", { outputs })).toEqual({ reward_granted: false, reason });
  });

  it("keep the numbers that a job of an earlier version has published", () => {
    const names = (scan: Scan) => eventsOf(scan).map(({ seq, type }) => `${seq} ${type}`);
    const earlier = [
      "0 scan.requested",
      "1 scan.classified",
      "2 scan.answered",
      "3 scan.rewarded",
      "4 scan.completed",
    ];
    expect(names({ version: null })).toEqual(earlier);
    const without = [...earlier.slice(0, 3), "3 scan.completed"];
    expect(names({ version: null, outputs: { reward: noReward } })).toEqual(without);
  });

  it("parse as messages, and those of earlier versions too", () => {
    for (const event of eventsOf()) expect(DomainEvent.parse(event)).toEqual(event);
    const { reward } = stageOutputs.reward;
    const earlier = { seq: 3, at: 3000, type: "scan.rewarded", data: reward };
    expect(DomainEvent.parse(earlier).data).toEqual({ reward_granted: true, ...reward });
  });
});

describe("the resident's words", () => {
  const words = "김철수입니다 010-2345-6789 번호로 연락 주세요, 이 생수병은 어디에 버리나요";
  const quoting = {
    vision: {
      ...vision,
      classification: { ...vision.classification, minor_category: "김철수입니다 01023456789" },
    },
    answer: {
      ...answer,
      insufficiencies: ["010 2345 6789 로 연락드려요", "라벨을 떼어 주세요."],
      user_answer: words,
    },
    reward: {
      reward: {
        code: "char-petty",
        name: "페티",
        type: "재활용",
        dialog: "고마워!",
        match_reason: "무색페트병>김철수입니다 01023456789",
        already_owned: false,
      },
      reward_pending: false,
    },
  };

  it("are in no event, whatever a model has written of them", () => {
    const scan = {
      request: { user_input: words, region: `서울특별시 강남구 ${words}`.slice(0, 40) },
    };
    const events = eventsOf({ ...scan, outputs: quoting });
    expect(new Set(events.map(({ type }) => type)).size).toBe(6);
    const text = JSON.stringify(events);
    for (const word of ["김철수", "2345", "연락"]) expect(text).not.toContain(word);
    expect(dataOf("scan.answered", { ...scan, outputs: quoting })).toMatchObject({
      insufficiencies: ["…", "라벨을 떼어 주세요."],
    });
    expect(dataOf("scan.rewarded", { ...scan, outputs: quoting })).toMatchObject({
      match_reason: "무색페트병",
    });
    expect(dataOf("scan.completed", scan)).toMatchObject({ region: "서울특별시 강남구" });
  });

  it("are not in the error of a scan that failed", () => {
    const [queued, started] = logOf({ request: { user_input: words } });
    if (!queued || !started) throw new Error("The log is empty");
    const error = { code: "MODEL_REFUSED", message: `400 Refused: "${words}"` };
    const log: JobEvent[] = [
      queued,
      started,
      { seq: 2, at: 2, type: "failed", stage: "vision", error, calls: [] },
      { seq: 3, at: 3, type: "done" },
    ];
    const data = effectsOf(log, -1).events?.events.at(-1)?.data;
    expect(data).toMatchObject({ error: { code: "MODEL_REFUSED", message: "MODEL_REFUSED" } });
  });

  it("do not hide the name of an item", () => {
    expect(quotes("투명 페트병", "투명 페트병은 어떻게 버려요?")).toBe(false);
    expect(quotes("재활용 불가", null)).toBe(false);
    expect(dataOf("scan.classified", { request: { user_input: "생수병" } })).toMatchObject({
      classification: { minor_category: "생수병" },
    });
  });

  it.each([
    ["서울특별시 강남구", "서울특별시 강남구"],
    ["서울 강남구 역삼동 12-3 김철수", "서울특별시 강남구"],
    ["서울 강남구 김철수도 홍길동시", "서울특별시 강남구"],
    ["강남", "서울특별시 강남구"],
    ["경기도 성남시 분당구", "경기도 성남시"],
    ["경기 광주시", "경기도 광주시"],
    ["광주시 북구", "광주광역시 북구"],
    ["부산진구", "부산광역시 부산진구"],
    ["전라북도 군산", "전북특별자치도"],
    ["세종", "세종특별자치시"],
    ["=서울특별시, 강남구", "서울특별시 강남구"],
    ["북구", null],
    ["김철수시", null],
    ["동구 010-1234-5678", null],
    ["우리 집", null],
    ["", null],
    [null, null],
  ])("have of the region %s the municipality that it matches, %s", (typed, known) => {
    expect(matchedMunicipality(typed)).toBe(known);
    expect(matchedMunicipality(known)).toBe(known);
    for (const version of [eventsVersion, null]) {
      const scan = { request: { region: typed }, version };
      expect(dataOf("scan.requested", scan)).toMatchObject({ region: known });
      expect(dataOf("scan.completed", scan)).toMatchObject({ region: known });
    }
  });

  it.each([
    ["서울 강남구 김철수", "서울특별시 강남구", "서울특별시 강남구"],
    ["서울 서초구 김철수", "서울특별시 서초구", null],
    ["김철수네 집", null, null],
  ])("leave of the region %s in a stored webhook the municipality, %s", (asked, kept, applied) => {
    const note = applied ? null : unknownRegionNote(asked);
    const rule = { ...stageOutputs.rule, region: { asked, applied, note } };
    const callback = { callback_url: "https://hooks.example/scan", region: asked };
    const [webhook] = effectsOf(logOf({ request: callback, outputs: { rule } }), -1).webhooks;
    expect(JSON.stringify(webhook)).not.toContain("김철수");
    const region = kept && { asked: kept, applied, note: applied ? null : unknownRegionNote(kept) };
    expect(webhook?.payload.data).toMatchObject({ metadata: { region } });
  });
});

import { describe, expect, it } from "vitest";
import type { EventFrame } from "../../src/pipeline/frames.ts";
import { askAt } from "../../client/src/ask-at.ts";
import { readFrame } from "../../client/src/frame.ts";
import { hear, type ScanView, unheard } from "../../client/src/scan-view.ts";
import { readWaiting } from "../../client/src/waiting.ts";
import { sentencesOf } from "../../web/words/sentences.ts";
import { standInWords } from "../../web/words/stand-in-words.ts";
import { tellingOf } from "../../web/words/telling.ts";
import { waitingDetails } from "../../web/words/waiting-words.ts";
import { delta, ended, frame, seen, waits } from "./page-frames.ts";

function view(...texts: string[]): ScanView {
  return texts.reduce((view, text) => {
    const read = readFrame(text);
    if (!read) throw new TypeError(`That is no frame: ${text}`);
    return hear(view, { type: "frame", frame: read });
  }, unheard);
}

const event = (
  seq: number,
  status: EventFrame["status"],
  stage: EventFrame["stage"] = "answer",
): string => frame({ seq, stage, status });

const answered = frame({
  seq: 9,
  stage: "answer",
  status: "completed",
  result: { disposal_steps: {}, insufficiencies: [], user_answer: "헹궈서 내놓아요.", calls: [] },
});

describe("the text of an answer that is being generated", () => {
  it.each([
    ["grows by what follows it", [delta(0, "헹궈서"), delta(3, " 내놓아요.")], "헹궈서 내놓아요."],
    [
      "is there once when it is told again",
      [delta(0, "헹궈서"), delta(0, "헹궈서 내")],
      "헹궈서 내",
    ],
    ["is replaced from the offset on", [delta(0, "헹궈서 버려"), delta(4, "내놓")], "헹궈서 내놓"],
    ["counts UTF-16 code units", [delta(0, "😀"), delta(2, "!")], "😀!"],
    ["joins the halves of a character", [delta(0, "\ud83d"), delta(1, "\ude00")], "😀"],
    ["leaves out what does not join on", [delta(0, "헹궈서"), delta(7, "요.")], "헹궈서"],
    ["starts again with the attempt", [delta(0, "헹궈"), event(5, "started")], ""],
    ["goes when it is tried again", [delta(0, "헹궈"), event(5, "retrying")], ""],
    ["gives way to the whole answer", [delta(0, "헹궈"), answered], ""],
    ["does not come back after it", [answered, delta(0, "헹궈")], ""],
  ])("%s", (_, texts, written) => {
    expect(view(event(4, "started"), ...texts).written).toBe(written);
  });

  it("changes nothing else", () => {
    const before = event(4, "started");
    expect(view(before, delta(0, "헹궈"))).toEqual({ ...view(before), written: "헹궈" });
  });

  it("stays when the connection is lost", () => {
    const before = view(event(4, "started"), delta(0, "헹궈"));
    expect(hear(before, { type: "lost" }).written).toBe("헹궈");
  });
});

describe("a frame that cannot be read", () => {
  it.each([
    ["an event without a number", { stage: "answer", status: "started", progress: 0 }],
    [
      "text without a place",
      { stage: "answer", status: "delta", progress: 0, result: { text: "" } },
    ],
    ["text without text", { stage: "answer", status: "delta", progress: 0, result: { offset: 0 } }],
    ["nothing", null],
  ])("is left out: %s", (_, value) => {
    expect(readFrame(JSON.stringify(value))).toBeNull();
  });
});

describe("the sentences of a text", () => {
  it.each([
    ["헹궈요. 라벨은 떼요! 끝", ["헹궈요. ", "라벨은 떼요! ", "끝"]],
    ["“헹궈요.” 그다음\n\n모아요.", ["“헹궈요.” ", "그다음\n\n", "모아요."]],
    ["2.5L 병", ["2.5L 병"]],
    ["", []],
  ])("of %j are %j", (text, sentences) => {
    expect(sentencesOf(text)).toEqual(sentences);
  });
});

describe("when to ask why nothing is heard of a scan", () => {
  const never = { visible: true, heardAt: 1_000, askedAt: -Infinity };
  const error = { code: "MODEL_UNAVAILABLE", message: "500" };
  const retrying = frame({ seq: 2, stage: "vision", status: "retrying", attempt: 1, error });

  it.each([
    ["nothing was heard at all", []],
    ["it is queued", [event(0, "started", "queued")]],
    ["a stage has completed, and the next has not begun", [frame({ seq: 2, ...seen })]],
    ["it is tried again later", [retrying]],
    ["it is parked", [event(2, "parked")]],
    ["it was redriven", [event(2, "resumed")]],
  ])("is 4 s after the last event, then every 10 s: %s", (_, texts) => {
    expect(askAt(view(...texts), never)).toBe(5_000);
    expect(askAt(view(...texts), { ...never, askedAt: 5_000 })).toBe(15_000);
  });

  it("is no sooner for an event in between", () => {
    expect(askAt(view(retrying), { visible: true, heardAt: 6_000, askedAt: 5_000 })).toBe(15_000);
  });

  it.each([
    ["a stage runs", [event(2, "started")]],
    ["a stage generates text", [event(2, "started"), delta(0, "헹궈")]],
    ["it has failed", [event(2, "failed")]],
    ["it was cancelled", [event(2, "cancelled")]],
    ["it has ended", [frame({ seq: 3, ...ended("failed", error) })]],
  ])("is never while %s", (_, texts) => {
    expect(askAt(view(...texts), never)).toBeNull();
  });

  it("is never while nobody looks, or the connection is lost", () => {
    const parked = view(event(2, "parked"));
    expect(askAt(parked, { ...never, visible: false })).toBeNull();
    expect(askAt(hear(parked, { type: "lost" }), never)).toBeNull();
  });
});

describe("why a scan waits", () => {
  const now = new Date(2026, 10, 22, 14, 58);
  const at = (hours: number, minutes: number, day = 22) =>
    new Date(2026, 10, day, hours, minutes, 40).toISOString();
  const paused = { by: "ops", reason: "모델 교체", since: at(14, 0), until: null };
  const backlog = { messages: 4, oldest_age_s: 30 };
  const message = "차례를 기다리고 있어요.";

  it.each([
    ["of a first try", { reason: "queued" }, []],
    ["where the sentence says how many are ahead", { reason: "queued", backlog }, []],
    [
      "of a retry",
      { reason: "retry", attempt: 1, next_retry_at: at(15, 5), backlog },
      ["시도 1/3번째", "다음 시도 오후 3:05쯤", "앞에 3건"],
    ],
    [
      "of a parked scan",
      { reason: "parked", attempt: 3, next_redrive_at: at(15, 5), backlog },
      ["시도 3/3번째", "다음 시도 오후 3:05쯤"],
    ],
    [
      "of one whose next try is tomorrow",
      { reason: "parked", attempt: 3, next_redrive_at: at(0, 10, 23) },
      ["시도 3/3번째", "다음 시도 11월 23일 오전 12:10쯤"],
    ],
    ["of one that is not tried again", { reason: "parked", attempt: 3 }, ["시도 3/3번째"]],
    ["of a pause", { reason: "paused", paused, backlog }, ["앞에 3건", "사유: 모델 교체"]],
    [
      "of a pause that ends",
      { reason: "paused", paused: { ...paused, until: at(16, 0) } },
      ["사유: 모델 교체", "오후 4:00쯤까지"],
    ],
    [
      "of a parked scan whose stage is paused",
      { reason: "parked", attempt: 3, next_redrive_at: at(15, 5), paused },
      ["시도 3/3번째", "사유: 모델 교체"],
    ],
  ] as const)("is told in small print %s", (_, told, details) => {
    expect(waitingDetails(waits({ message, ...told }).waiting, now)).toEqual(details);
  });

  const error = { code: "MODEL_RATE_LIMITED", message: "429" };
  const tell = (text: string, reason: "queued" | "retry" | "paused" | "parked") => {
    const { waiting } = waits({ reason, message, attempt: 1 });
    return hear(view(text), { type: "waiting", waiting });
  };
  const parked = frame({ seq: 2, stage: "vision", status: "parked", error });
  const retrying = frame({ seq: 2, stage: "vision", status: "retrying", attempt: 1, error });
  const postponed = frame({
    seq: 2,
    stage: "vision",
    status: "retrying",
    attempt: 0,
    error: { code: "STAGE_PAUSED", message: "모델 교체" },
  });

  it("takes the place of what would be going on", () => {
    const { title, words, tone, details } = tellingOf(
      tell(event(0, "started", "queued"), "queued"),
    );
    expect({ title, words, tone, details }).toEqual({
      title: "잠시만 기다려 주세요",
      words: message,
      tone: "calm",
      details: ["시도 1/3번째"],
    });
  });

  it("stands beside what went wrong", () => {
    expect(tellingOf(tell(retrying, "retry"))).toMatchObject({
      words: `지금 AI 모델을 찾는 사람이 많아요. ${message}`,
      code: "MODEL_RATE_LIMITED",
    });
    expect(tellingOf(tell(parked, "parked")).words).toBe(
      `지금 AI 모델을 찾는 사람이 많아요. ${message}\n지금까지 한 분석은 남아 있고, 다시 시작되면 이 화면에서 이어 보여 드릴게요.`,
    );
  });

  it("is no error when its stage is paused, whether it was asked yet or not", () => {
    const told = { title: "잠시 멈췄어요", tone: "waiting", code: null };
    expect(tellingOf(view(postponed))).toMatchObject(told);
    expect(tellingOf(tell(postponed, "paused"))).toMatchObject({ ...told, words: message });
    expect(tellingOf(tell(frame({ seq: 2, ...seen }), "paused"))).toMatchObject(told);
  });

  it("is forgotten with the next event, and does not hide that the connection is lost", () => {
    const waiting = tell(event(0, "started", "queued"), "queued");
    expect(tellingOf(hear(waiting, { type: "lost" }))).toMatchObject({
      words: expect.stringContaining("연결이 끊겼어요."),
      details: [],
    });
    const read = readFrame(event(1, "started", "vision"));
    expect(read && hear(waiting, { type: "frame", frame: read }).waiting).toBeNull();
  });

  it("is read from a snapshot that says so, and from nothing else", () => {
    const snapshot = waits({ reason: "queued", message });
    expect(readWaiting({ job_id: "j", ...snapshot })).toEqual(snapshot);
    expect(readWaiting({ waiting: null })).toEqual({ waiting: null });
    for (const body of [null, "waiting", {}, { waiting: "no" }, { waiting: { message } }]) {
      expect(readWaiting(body)).toBeNull();
    }
  });
});

describe("that another model answered", () => {
  const standIn = (model: string, code: string) =>
    ({
      stage: "vision",
      model,
      instead_of: "gpt-5.2",
      reason: { code, message: "in English" },
    }) as const;

  it.each([
    [[], null],
    [
      [standIn("offline", "MODEL_UNAUTHORIZED"), standIn("offline", "MODEL_UNAUTHORIZED")],
      "요청한 모델 대신 offline 모델이 답했어요. gpt-5.2 모델은 이 서버의 API 키로 쓸 수 없었어요.",
    ],
    [
      [standIn("gpt-5", "NEVER_HEARD_OF"), standIn("offline", "PROVIDER_PAUSED")],
      "요청한 모델 대신 gpt-5, offline 모델이 답했어요. gpt-5.2 모델은 지금은 답하지 못했어요.",
    ],
  ])("is told of %j", (fallbacks, words) => {
    expect(standInWords(fallbacks)).toBe(words);
  });
});

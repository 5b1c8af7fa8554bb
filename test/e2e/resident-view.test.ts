import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { EventFrame } from "../../src/pipeline/frames.ts";
import { nextPollAt } from "../../client/src/next-poll-at.ts";
import { readFrame } from "../../client/src/frame.ts";
import { reduce, type ScanView, initialView } from "../../client/src/scan-view.ts";
import { readWaiting } from "../../client/src/poll-waiting.ts";
import { sentencesOf } from "../../web/words/sentences.ts";
import { unstated } from "../../src/pipeline/certainty.ts";
import { certaintyWords } from "../../web/words/certainty-words.ts";
import { facts } from "../../web/words/facts.ts";
import { fallbackWords } from "../../web/words/fallback-words.ts";
import { scanStatus } from "../../web/words/scan-status.ts";
import { problemMessage } from "../../client/src/ko.ts";
import { waitingDetails } from "../../web/words/waiting-words.ts";
import { delta, doneWithout, frame, visionCompleted, waitingSnapshot } from "./build-frames.ts";

function view(...texts: string[]): ScanView {
  return texts.reduce((view, text) => {
    const read = readFrame(text);
    if (!read) throw new TypeError(`Not a frame: ${text}`);
    return reduce(view, { type: "frame", frame: read });
  }, initialView);
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

describe("partial text", () => {
  it.each([
    ["grows by the next delta", [delta(0, "헹궈서"), delta(3, " 내놓아요.")], "헹궈서 내놓아요."],
    [
      "appears once when a delta is repeated",
      [delta(0, "헹궈서"), delta(0, "헹궈서 내")],
      "헹궈서 내",
    ],
    ["is replaced from the offset on", [delta(0, "헹궈서 버려"), delta(4, "내놓")], "헹궈서 내놓"],
    ["counts UTF-16 code units", [delta(0, "😀"), delta(2, "!")], "😀!"],
    ["joins the halves of a surrogate pair", [delta(0, "\ud83d"), delta(1, "\ude00")], "😀"],
    ["ignores a delta that leaves a gap", [delta(0, "헹궈서"), delta(7, "요.")], "헹궈서"],
    ["is empty again when an attempt starts", [delta(0, "헹궈"), event(5, "started")], ""],
    ["is empty again when the stage is retried", [delta(0, "헹궈"), event(5, "retrying")], ""],
    ["is empty when the answer is complete", [delta(0, "헹궈"), answered], ""],
    ["ignores a delta after the answer", [answered, delta(0, "헹궈")], ""],
  ])("%s", (_, texts, partialText) => {
    expect(view(event(4, "started"), ...texts).partialText).toBe(partialText);
  });

  it("changes no other field of the view", () => {
    const before = event(4, "started");
    expect(view(before, delta(0, "헹궈"))).toEqual({ ...view(before), partialText: "헹궈" });
  });

  it("stays when the connection is lost", () => {
    const before = view(event(4, "started"), delta(0, "헹궈"));
    expect(reduce(before, { type: "disconnected" }).partialText).toBe("헹궈");
  });
});

describe("readFrame", () => {
  it.each([
    ["an event without a seq", { stage: "answer", status: "started", progress: 0 }],
    [
      "a delta without an offset",
      { stage: "answer", status: "delta", progress: 0, result: { text: "" } },
    ],
    [
      "a delta without text",
      { stage: "answer", status: "delta", progress: 0, result: { offset: 0 } },
    ],
    ["null", null],
  ])("returns null for %s", (_, value) => {
    expect(readFrame(JSON.stringify(value))).toBeNull();
  });
});

describe("sentencesOf", () => {
  it.each([
    ["헹궈요. 라벨은 떼요! 끝", ["헹궈요. ", "라벨은 떼요! ", "끝"]],
    ["“헹궈요.” 그다음\n\n모아요.", ["“헹궈요.” ", "그다음\n\n", "모아요."]],
    ["2.5L 병", ["2.5L 병"]],
    ["", []],
  ])("splits %j into %j", (text, sentences) => {
    expect(sentencesOf(text)).toEqual(sentences);
  });
});

describe("nextPollAt", () => {
  const unpolled = { visible: true, lastEventAt: 1_000, lastPollAt: -Infinity };
  const error = { code: "MODEL_UNAVAILABLE", message: "500" };
  const retrying = frame({ seq: 2, stage: "vision", status: "retrying", attempt: 1, error });

  it.each([
    ["no event has arrived", []],
    ["the scan is queued", [event(0, "started", "queued")]],
    [
      "a stage has completed, and the next has not started",
      [frame({ seq: 2, ...visionCompleted })],
    ],
    ["a retry is planned", [retrying]],
    ["the scan is parked", [event(2, "parked")]],
    ["the scan was redriven", [event(2, "resumed")]],
  ])("is 4 s after the last event, then every 10 s, when %s", (_, texts) => {
    expect(nextPollAt(view(...texts), unpolled)).toBe(5_000);
    expect(nextPollAt(view(...texts), { ...unpolled, lastPollAt: 5_000 })).toBe(15_000);
  });

  it("stays 10 s after the last poll when an event arrives in between", () => {
    expect(
      nextPollAt(view(retrying), { visible: true, lastEventAt: 6_000, lastPollAt: 5_000 }),
    ).toBe(15_000);
  });

  it.each([
    ["a stage runs", [event(2, "started")]],
    ["a stage generates text", [event(2, "started"), delta(0, "헹궈")]],
    ["the scan has failed", [event(2, "failed")]],
    ["the scan was cancelled", [event(2, "cancelled")]],
    ["the scan has ended", [frame({ seq: 3, ...doneWithout("failed", error) })]],
  ])("is null when %s", (_, texts) => {
    expect(nextPollAt(view(...texts), unpolled)).toBeNull();
  });

  it("is null when the page is hidden or the connection is lost", () => {
    const parked = view(event(2, "parked"));
    expect(nextPollAt(parked, { ...unpolled, visible: false })).toBeNull();
    expect(nextPollAt(reduce(parked, { type: "disconnected" }), unpolled)).toBeNull();
  });
});

describe("why a scan waits", () => {
  const now = new Date(2026, 10, 22, 14, 58);
  const at = (hours: number, minutes: number, day = 22) =>
    new Date(2026, 10, day, hours, minutes, 40).toISOString();
  const paused = { notice: "모델 교체", since: at(14, 0), until: null };
  const backlog = { messages: 4, oldest_age_s: 30 };
  const message = "차례를 기다리고 있어요.";

  it.each([
    ["a first attempt", { reason: "queued" }, []],
    ["a queued scan, whose message has the backlog", { reason: "queued", backlog }, []],
    [
      "a retry",
      { reason: "retry", attempt: 1, next_retry_at: at(15, 5), backlog },
      ["다음 시도 오후 3:05쯤", "앞에 3건"],
    ],
    [
      "a parked scan",
      { reason: "parked", attempt: 3, next_redrive_at: at(15, 5), backlog },
      ["다음 시도 오후 3:05쯤"],
    ],
    [
      "a parked scan whose redrive is tomorrow",
      { reason: "parked", attempt: 3, next_redrive_at: at(0, 10, 23) },
      ["다음 시도 11월 23일 오전 12:10쯤"],
    ],
    ["a parked scan without a redrive", { reason: "parked", attempt: 3 }, []],
    ["a pause", { reason: "paused", paused, backlog }, ["앞에 3건", "사유: 모델 교체"]],
    [
      "a pause with an end",
      { reason: "paused", paused: { ...paused, until: at(16, 0) } },
      ["사유: 모델 교체", "오후 4:00쯤까지"],
    ],
    [
      "a parked scan whose stage is paused",
      { reason: "parked", attempt: 3, next_redrive_at: at(15, 5), paused },
      ["사유: 모델 교체"],
    ],
  ] as const)("has details for %s", (_, fields, details) => {
    expect(waitingDetails(waitingSnapshot({ message, ...fields }).waiting, now)).toEqual(details);
  });

  const error = { code: "MODEL_RATE_LIMITED", message: "429" };
  const viewOf = (text: string, reason: "queued" | "retry" | "paused" | "parked") => {
    const { waiting } = waitingSnapshot({ reason, message, attempt: 1 });
    return reduce(view(text), { type: "waiting", waiting });
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

  it("replaces the text of the stage", () => {
    const { title, words, tone, details } = scanStatus(
      viewOf(event(0, "started", "queued"), "queued"),
    );
    expect({ title, words, tone, details }).toEqual({
      title: "잠시만 기다려 주세요",
      words: message,
      tone: "calm",
      details: [],
    });
  });

  it("follows the error of a retry or a parked scan", () => {
    expect(scanStatus(viewOf(retrying, "retry"))).toMatchObject({
      words: `지금 AI 모델을 찾는 사람이 많아요. ${message}`,
      code: "MODEL_RATE_LIMITED",
    });
    expect(scanStatus(viewOf(parked, "parked")).words).toBe(
      `지금 AI 모델을 찾는 사람이 많아요. ${message}\n지금까지 한 분석은 남아 있고, 다시 시작되면 이 화면에서 이어 보여 드릴게요.`,
    );
  });

  it("is no error when the stage is paused, before and after the poll", () => {
    const status = { title: "잠시 멈췄어요", tone: "waiting", code: null };
    expect(scanStatus(view(postponed))).toMatchObject(status);
    expect(scanStatus(viewOf(postponed, "paused"))).toMatchObject({ ...status, words: message });
    expect(scanStatus(viewOf(frame({ seq: 2, ...visionCompleted }), "paused"))).toMatchObject(
      status,
    );
  });

  it("is unknown of a scan that is opened without a connection", () => {
    const unknown = reduce(initialView, { type: "disconnected" });
    expect(scanStatus(unknown).title).toBe("분석을 불러오고 있어요");
    expect(scanStatus(reduce(unknown, { type: "connected" })).title).toBe("살펴보고 있어요");
  });

  it("is cleared by the next event, and does not hide a lost connection", () => {
    const waiting = viewOf(event(0, "started", "queued"), "queued");
    expect(scanStatus(reduce(waiting, { type: "disconnected" }))).toMatchObject({
      words: expect.stringContaining("연결이 끊겼어요."),
      details: [],
    });
    const read = readFrame(event(1, "started", "vision"));
    expect(read && reduce(waiting, { type: "frame", frame: read }).waiting).toBeNull();
  });

  it("is parsed from a snapshot that has it, and from nothing else", () => {
    const snapshot = waitingSnapshot({ reason: "queued", message });
    expect(readWaiting({ job_id: "j", ...snapshot })).toEqual(snapshot);
    expect(readWaiting({ waiting: null })).toEqual({ waiting: null });
    for (const body of [null, "waiting", {}, { waiting: "no" }, { waiting: { message } }]) {
      expect(readWaiting(body)).toBeNull();
    }
  });
});

describe("fallbackWords", () => {
  const fallback = (model: string, code: string) =>
    ({
      stage: "vision",
      model,
      instead_of: "gpt-5.2",
      reason: { code, message: "in English" },
    }) as const;

  it.each([
    [[], null],
    [
      [fallback("offline", "MODEL_UNAUTHORIZED"), fallback("offline", "MODEL_UNAUTHORIZED")],
      "요청한 모델 대신 offline 모델이 답했어요. gpt-5.2 모델은 지금은 쓸 수 없어요.",
    ],
    [
      [fallback("gpt-5", "UNKNOWN_CODE"), fallback("offline", "PROVIDER_PAUSED")],
      "요청한 모델 대신 gpt-5, offline 모델이 답했어요. gpt-5.2 모델은 지금은 답하지 못했어요.",
    ],
  ])("of %j", (fallbacks, words) => {
    expect(fallbackWords(fallbacks)).toBe(words);
  });
});

describe("certaintyWords", () => {
  it.each([
    [{ confidence: 0.999 }, "확실해요 · 가능성 99%"],
    [{ confidence: 0.85 }, "아마 맞을 거예요 · 가능성 85%"],
    [{ confidence: 0.95, asks: "confirmation" }, "아마 맞을 거예요 · 가능성 95%"],
    [{ confidence: 0.55, asks: "choice" }, "확실하지 않아요 · 가능성 55%"],
    [{ confidence: 0.004, asks: "choice" }, "확실하지 않아요 · 가능성 1% 미만"],
    [{ confidence: 1, confirmed_by: "words" }, "직접 확인했어요"],
    [{}, null],
  ] as const)("of %j", (certainty, words) => {
    expect(certaintyWords({ ...unstated, ...certainty })).toBe(words);
  });
});

describe("why a submit is refused", () => {
  const refused = (path: string) =>
    problemMessage({
      status: 422,
      code: "VALIDATION_ERROR",
      errors: [{ path, message: "scripted" }],
    });

  it("blames the photo when the server cannot read it", () => {
    expect(refused("image").words).toContain("이 사진은 읽을 수 없어요.");
  });

  it("blames the description when something else is wrong", () => {
    expect(refused("user_input").words).toContain("설명이 너무 길지 않은지");
  });

  it.each(["UNSUPPORTED_MEDIA_TYPE", "UNSUPPORTED_PHOTO_TYPE"])(
    "names the types to send when the photo is refused with %s",
    (code) => {
      expect(problemMessage({ status: 415, code, errors: [] }).words).toMatch(/JPEG.*사진으로/);
    },
  );
});

describe("the facts to read while a scan runs", () => {
  it.each(facts)("has one that the regulation states: $words", ({ words, of, item }) => {
    const text = readFileSync(`regulations/documents/${of}.json`, "utf8");
    const { not_accepted }: { not_accepted: { name: string; reason: string }[] } = JSON.parse(text);
    const reason = not_accepted.find(({ name }) => name === item)?.reason ?? "";
    expect(words).toContain(item);
    // Its end, as the reason has it.
    expect(reason.endsWith(words.split(" ").slice(-4).join(" "))).toBe(true);
  });
});

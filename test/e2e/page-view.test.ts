import { describe, expect, it } from "vitest";
import type { EventFrame } from "../../src/pipeline/frames.ts";
import { readFrame } from "../../web/client/frame.ts";
import { hear, type ScanView, unheard } from "../../web/client/scan-view.ts";
import { sentencesOf } from "../../web/words/sentences.ts";
import { standInWords } from "../../web/words/stand-in-words.ts";
import { delta, frame } from "./page-frames.ts";

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
  ])("is told of %j", (standIns, words) => {
    expect(standInWords(standIns)).toBe(words);
  });
});

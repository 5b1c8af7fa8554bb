import { type ScanView, type Stage, stageNames } from "../../client/src/eco2-edge-client.ts";
import { failureMessage } from "../../client/src/ko.ts";
import { waitingDetails } from "./waiting-words.ts";

export interface ScanStatus {
  title: string;
  /** In plain words. */
  words: string;
  /** In small print: the next attempt, and the backlog. */
  details: string[];
  tone: "calm" | "waiting" | "bad";
  /** The error code, in small print. */
  code: string | null;
}

/** A stage without a text of its own shows the general one. */
const stageTexts: Partial<Record<Stage, string>> = {
  queued: "접수했어요. 곧 시작할게요.",
  vision: "무엇인지 살펴보고 있어요.",
  rule: "알맞은 배출 규정을 찾고 있어요.",
  answer: "배출 방법을 정리하고 있어요.",
  reward: "만날 캐릭터가 있는지 보고 있어요.",
  done: "배출 방법을 확인해 주세요.",
};

const askTexts = {
  confirmation: "제가 본 것이 맞는지 알려 주세요.",
  choice: "사진만으로는 헷갈려요. 어느 쪽인지 골라 주세요.",
};

const order: readonly Stage[] = ["queued", ...stageNames, "done"];
const nextStage = (stage: Stage): Stage => order[order.indexOf(stage) + 1] ?? "done";

const textOf = (stage: Stage): string => stageTexts[stage] ?? "분석하고 있어요.";

/** The status of a scan for residents, with why it waits once that is loaded. */
export function scanStatus(view: ScanView): ScanStatus {
  const { waiting, connected, status } = view;
  const details = waiting && (connected || status === "parked") ? waitingDetails(waiting) : [];
  return { details, ...withoutDetails(view) };
}

function withoutDetails(view: ScanView): Omit<ScanStatus, "details"> {
  const { result, rule, status, error, waiting, connected, certainty, seq } = view;
  const code = error?.code ?? null;
  const reason = failureMessage(code);
  if (result?.status === "failed" || status === "failed") {
    // The notice of an operator, which is for the resident.
    const words = code === "DISCARDED" && error ? error.message : reason;
    return { title: "분석하지 못했어요", words, tone: "bad", code };
  }
  if (result?.status === "cancelled" || status === "cancelled") {
    return {
      title: "분석을 취소했어요",
      words: "언제든 다시 시작할 수 있어요.",
      tone: "calm",
      code,
    };
  }
  if (result && !rule) {
    const words = "이코의 말을 보고 조금 더 알려 주세요.";
    return { title: "무엇인지 알아내지 못했어요", words, tone: "calm", code };
  }
  if (result && certainty?.asks) {
    const words = askTexts[certainty.asks];
    return { title: "하나만 확인해 주세요", words, tone: "calm", code };
  }
  if (result) return { title: "분석이 끝났어요", words: textOf("done"), tone: "calm", code };
  if (status === "parked") {
    const reassurance =
      "지금까지 한 분석은 남아 있고, 다시 시작되면 이 화면에서 이어 보여 드릴게요.";
    const words = waiting
      ? `${reason} ${waiting.message}\n${reassurance}`
      : `${reason} ${reassurance}`;
    return { title: "잠시 멈췄어요", words, tone: "waiting", code };
  }
  if (!connected && seq < 0) {
    const words = "지금은 서버에 닿지 않아요. 연결되면 바로 보여 드릴게요.";
    return { title: "분석을 불러오고 있어요", words, tone: "waiting", code: null };
  }
  if (!connected) {
    const words = "연결이 끊겼어요. 다시 잇는 중이에요. 맡긴 분석은 사라지지 않아요.";
    return { title: "살펴보고 있어요", words, tone: "waiting", code: null };
  }
  if (waiting ? waiting.reason === "paused" : code === "STAGE_PAUSED") {
    const words = waiting?.message ?? "잠시 점검하고 있어요. 끝나는 대로 이어서 분석할게요.";
    return { title: "잠시 멈췄어요", words, tone: "waiting", code: null };
  }
  if (status === "retrying" && code !== "STAGE_PAUSED") {
    const words = `${reason} ${waiting?.message ?? nextAttempt(view)}`;
    return { title: "다시 시도할게요", words, tone: "waiting", code };
  }
  if (waiting) {
    return { title: "잠시만 기다려 주세요", words: waiting.message, tone: "calm", code: null };
  }
  return { title: "살펴보고 있어요", words: activity(view), tone: "calm", code: null };
}

function activity({ stage, status, attempt }: ScanView): string {
  if (status === "resumed") return `다시 이어서 할게요. ${textOf(stage)}`;
  const words = textOf(status === "completed" ? nextStage(stage) : stage);
  return status === "started" && attempt > 1 ? `${attempt}번째 시도예요. ${words}` : words;
}

function nextAttempt({ attempt, error }: ScanView): string {
  const next = `${attempt + 1}번째 시도`;
  if (!error?.retry_at) return `곧 ${next}를 해요.`;
  const time = new Date(error.retry_at).toLocaleTimeString("ko-KR");
  return `${time}에 ${next}를 해요.`;
}

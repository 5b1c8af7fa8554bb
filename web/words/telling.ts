import type { ScanView, Stage } from "../../client/src/index.ts";
import { failureWords } from "./failure-words.ts";
import { waitingDetails } from "./waiting-words.ts";

export interface Telling {
  title: string;
  /** What is going on, in plain words. */
  words: string;
  /** Small print: when it goes on, and what stands before it. */
  details: string[];
  tone: "calm" | "waiting" | "bad";
  /** For the small print. */
  code: string | null;
}

const doing: Record<Stage, string> = {
  queued: "접수했어요. 곧 시작할게요.",
  vision: "무엇인지 살펴보고 있어요.",
  rule: "알맞은 배출 규정을 찾고 있어요.",
  answer: "배출 방법을 정리하고 있어요.",
  reward: "만날 캐릭터가 있는지 보고 있어요.",
  done: "배출 방법을 확인해 주세요.",
};

/** What comes when a stage is through. */
const following: Record<Stage, Stage> = {
  queued: "vision",
  vision: "rule",
  rule: "answer",
  answer: "reward",
  reward: "done",
  done: "done",
};

/** How a scan stands, for its resident. Why it waits is told as soon as it is known. */
export function tellingOf(view: ScanView): Telling {
  const { waiting, connected, status } = view;
  const details = waiting && (connected || status === "parked") ? waitingDetails(waiting) : [];
  return { details, ...standing(view) };
}

function standing(view: ScanView): Omit<Telling, "details"> {
  const { result, rule, status, trouble, waiting, connected } = view;
  const code = trouble?.code ?? null;
  const why = failureWords(code);
  if (result?.status === "failed" || status === "failed") {
    return { title: "분석하지 못했어요", words: why, tone: "bad", code };
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
  if (result) return { title: "분석이 끝났어요", words: doing.done, tone: "calm", code };
  if (status === "parked") {
    const kept = "지금까지 한 분석은 남아 있고, 다시 시작되면 이 화면에서 이어 보여 드릴게요.";
    const words = waiting ? `${why} ${waiting.message}\n${kept}` : `${why} ${kept}`;
    return { title: "잠시 멈췄어요", words, tone: "waiting", code };
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
    const words = `${why} ${waiting?.message ?? nextTry(view)}`;
    return { title: "다시 시도할게요", words, tone: "waiting", code };
  }
  if (waiting) {
    return { title: "잠시만 기다려 주세요", words: waiting.message, tone: "calm", code: null };
  }
  return { title: "살펴보고 있어요", words: running(view), tone: "calm", code: null };
}

function running({ stage, status, attempt }: ScanView): string {
  if (status === "resumed") return `다시 이어서 할게요. ${doing[stage]}`;
  const words = doing[status === "completed" ? following[stage] : stage];
  return status === "started" && attempt > 1 ? `${attempt}번째 시도예요. ${words}` : words;
}

function nextTry({ attempt, trouble }: ScanView): string {
  const next = `${attempt + 1}번째 시도`;
  if (!trouble?.retry_at) return `곧 ${next}를 해요.`;
  const time = new Date(trouble.retry_at).toLocaleTimeString("ko-KR");
  return `${time}에 ${next}를 해요.`;
}

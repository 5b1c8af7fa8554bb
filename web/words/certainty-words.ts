import type { ScanView } from "../../client/src/eco2-edge-client.ts";

type Certainty = NonNullable<ScanView["certainty"]>;

/** A probability in percent. A model is never quite certain. */
export const percentOf = (probability: number): string =>
  probability < 0.01 ? "1% 미만" : `${Math.min(99, Math.round(probability * 100))}%`;

/** Below it, a class that nobody is asked about is likely. */
const sure = 0.9;

/** How certain the class is; null for a model that does not state it. */
export function certaintyWords({ confidence, asks, confirmed_by }: Certainty): string | null {
  if (confirmed_by) return "직접 확인했어요";
  if (confidence === null) return null;
  const percent = `가능성 ${percentOf(confidence)}`;
  if (asks === "choice") return `확실하지 않아요 · ${percent}`;
  return `${asks || confidence < sure ? "아마 맞을 거예요" : "확실해요"} · ${percent}`;
}

interface Question {
  question: string;
  /** Leads to words. */
  otherwise: string;
}

/** What the resident is asked. */
export const questionOf = (asks: Certainty["asks"], category: string): Question =>
  asks === "choice"
    ? { question: "어느 쪽인가요?", otherwise: "둘 다 아니에요, 직접 적기" }
    : asks
      ? { question: `「${category}」 맞나요?`, otherwise: "아니에요, 직접 적기" }
      : { question: "다르다면 골라 주세요", otherwise: "직접 적기" };

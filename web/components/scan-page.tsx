import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { Job } from "../current-job.ts";
import type { Photo } from "../prepare-photo.ts";
import { useHeightTransition } from "../use-height-transition.ts";
import { useScan } from "../use-scan.ts";
import { regionWords } from "../words/region-words.ts";
import { fallbackWords } from "../words/fallback-words.ts";
import { scanStatus } from "../words/scan-status.ts";
import { CancelButton } from "./cancel-button.tsx";
import { Category } from "./category.tsx";
import { Confirmation } from "./confirmation.tsx";
import { DetailLine } from "./detail-line.tsx";
import { DisposalSteps } from "./disposal-steps.tsx";
import { LocalRule } from "./local-rule.tsx";
import { Progress } from "./progress.tsx";
import { Reward } from "./reward.tsx";
import { AnswerBubble } from "./answer-bubble.tsx";
import { ProblemNotice } from "./problem-notice.tsx";
import { AnswerPlaceholder } from "./answer-placeholder.tsx";

interface Props {
  job: Job;
  photo: Photo | null;
  /** Back to the form with the same draft. */
  onAgain: () => void;
  /** Back to an empty form. */
  onNew: () => void;
  onNotFound: () => void;
  /** Neither the photo nor the words were understood, and why. */
  onNotRecognised: (message: string) => void;
}

/** One scan from its submission to its result. New content never moves what is on screen. */
export function ScanPage({ job, photo, onAgain, onNew, onNotFound, onNotRecognised }: Props) {
  const scan = useScan(job, onNotFound);
  const { view } = scan;
  const { result, classification, certainty, rule, answer, partialText } = view;
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that confirmed the class is gone.
  useLayoutEffect(() => heading.current?.focus(), [certainty?.confirmed_by ?? null]);
  useLayoutEffect(() => {
    if (result?.error?.code === "NOT_RECOGNISED") onNotRecognised(result.error.message);
  }, [result]);

  const { title, words, details, tone, code } = scanStatus(view);
  const status = useHeightTransition([tone, words, ...details, code].join("\n"));
  const hasCategory = classification && classification.major_category !== "미분류";
  const isOpen = certainty && certainty.candidates.length > 0 && !certainty.confirmed_by;
  const seen = useHeightTransition(JSON.stringify([classification, isOpen]));
  const hasRule = result?.status === "completed" && rule !== null;
  const text = answer?.user_answer ?? partialText;
  const local = answer && rule?.local;
  const regionNote = answer && regionWords(view);
  const fallbackNote = result && fallbackWords(result.metadata.fallbacks);
  return (
    <div class={answer || !result ? "scan" : "scan alone"}>
      <section class="card" aria-label="진행 상황">
        <h1 ref={heading} tabindex={-1}>
          {title}
        </h1>
        <div class="submitted">
          {photo?.preview && <img src={photo.preview} alt="보낸 사진" />}
          {job.words && <p>“{job.words}”</p>}
        </div>
        {(!result || hasRule) && <Progress view={view} />}
        <div class="scan-status" role="status" ref={status}>
          {tone === "calm" ? (
            <>
              <p>{words}</p>
              <DetailLine details={details} />
            </>
          ) : (
            <ProblemNotice tone={tone} words={words} details={details} code={code} />
          )}
        </div>
        {hasCategory && (
          <div class="seen" ref={seen}>
            <Category classification={classification} certainty={certainty} />
            {isOpen && (
              <Confirmation scan={scan} certainty={certainty} classification={classification} />
            )}
          </div>
        )}
      </section>
      <div class="findings">
        {text && (
          <AnswerBubble
            text={text}
            partial={!answer}
            hint={
              answer && !rule
                ? "재질과 상태를 함께 적어 보세요. 예: “기름 묻은 종이 피자 상자”"
                : null
            }
          />
        )}
        {answer && <DisposalSteps answer={answer} rule={rule} />}
        {local && <LocalRule local={local} />}
        {regionNote && <p class="notice">{regionNote}</p>}
        {!text && !result && <AnswerPlaceholder />}
        {!result && <CancelButton jobId={job.jobId} onNotFound={onNotFound} />}
        {hasRule && <Reward result={result} />}
        {fallbackNote && <p class="fallback-note">{fallbackNote}</p>}
        {result && (
          <div class="next-actions">
            {!hasRule && (
              <button type="button" class="primary" onClick={onAgain}>
                다시 물어보기
              </button>
            )}
            <button type="button" class={hasRule ? "primary" : "quiet"} onClick={onNew}>
              새로 분석하기
            </button>
          </div>
        )}
      </div>
    </div>
  );
}

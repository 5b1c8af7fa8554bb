import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { isFinishable, type ScanState } from "../../client/src/eco2-edge-client.ts";
import type { Photo } from "../prepare-photo.ts";
import { saveDuration } from "../expected-time.ts";
import { scanPath, wasNavigated } from "../route.ts";
import { markEnded, type SavedScan, scanAfter } from "../saved-scans.ts";
import { useHeightTransition } from "../use-height-transition.ts";
import { usePhoto } from "../use-photo.ts";
import { useScan } from "../use-scan.ts";
import { destinationOf } from "../words/destinations.ts";
import { fallbackWords } from "../words/fallback-words.ts";
import { regionWords } from "../words/region-words.ts";
import { scanStatus } from "../words/scan-status.ts";
import { AnswerBubble } from "./answer-bubble.tsx";
import { AnswerPlaceholder } from "./answer-placeholder.tsx";
import { CancelButton } from "./cancel-button.tsx";
import { Category } from "./category.tsx";
import { Confirmation } from "./confirmation.tsx";
import { DetailLine } from "./detail-line.tsx";
import { DisposalSteps } from "./disposal-steps.tsx";
import { Link } from "./link.tsx";
import { LoadProblem } from "./load-problem.tsx";
import { LocalRule } from "./local-rule.tsx";
import { OtherItems } from "./other-items.tsx";
import { ProblemNotice } from "./problem-notice.tsx";
import { Progress } from "./progress.tsx";
import { PushOffer } from "./push-offer.tsx";
import { Reward } from "./reward.tsx";
import { ShareButton } from "./share-button.tsx";

interface Props {
  job: SavedScan;
  photo: Photo | null;
  /** Back to the form with the same draft. */
  onAgain: () => void;
  /** To the form for another item of the same photo or words, and what is left then. */
  onOtherItem: (item: string, left: readonly string[]) => void;
  /** Back to an empty form. */
  onNew: () => void;
  onNotFound: () => void;
  /** Neither the photo nor the words were understood, and why. */
  onNotRecognised: (message: string) => void;
}

/**
 * One scan from its submission to its result. While it runs, new content never moves what is on screen; then the
 * result comes first: what it is, where it goes, and the steps.
 */
export function ScanPage({
  job,
  photo,
  onAgain,
  onOtherItem,
  onNew,
  onNotFound,
  onNotRecognised,
}: Props) {
  const scan = useScan(job, onNotFound);
  // While the character is fetched, the result stays as it was.
  const last = useRef<ScanState["view"] | null>(null);
  const [finishing, setFinishing] = useState(false);
  if (scan.view.result) last.current = scan.view;
  const view = finishing && !scan.view.result && last.current ? last.current : scan.view;
  const { result, classification, certainty, rule, answer, partialText } = view;
  const heading = useRef<HTMLHeadingElement>(null);
  const picture = usePhoto(job.jobId, photo);
  useLayoutEffect(() => {
    if (wasNavigated()) scrollTo({ top: 0 });
  }, []);
  // The button that confirmed the class is gone.
  useLayoutEffect(() => {
    if (wasNavigated() || certainty?.confirmed_by) heading.current?.focus({ preventScroll: true });
  }, [certainty?.confirmed_by ?? null]);
  useLayoutEffect(() => {
    if (result) markEnded(job.jobId);
    if (result?.status === "completed" && !job.ended)
      saveDuration(result.metadata.stage_latencies_ms);
    if (result?.error?.code === "NOT_RECOGNISED") onNotRecognised(result.error.message);
  }, [result]);

  async function finish() {
    setFinishing(true);
    await scan.finishSteps();
  }

  const asked = job.words || result?.pipeline_result?.classification_result.meta.user_input;
  const { title, words, details, tone, code } = scanStatus(view);
  const status = useHeightTransition([tone, words, ...details, code].join("\n"));
  const progress = useHeightTransition(String(result !== null || scan.phase === "refused"));
  const hasCategory = classification && classification.major_category !== "미분류";
  const isOpen = certainty && certainty.candidates.length > 0 && !certainty.confirmed_by;
  const seen = useHeightTransition(JSON.stringify([classification, isOpen]));
  const hasRule = result?.status === "completed" && rule !== null;
  const destination = hasRule && !certainty?.asks ? destinationOf(rule) : null;
  const item = classification?.minor_category ?? classification?.middle_category ?? "";
  const text = answer?.user_answer ?? partialText;
  const local = answer && rule?.local;
  const regionNote = answer && regionWords(view);
  const fallbackNote = result && fallbackWords(result.metadata.fallbacks);
  const next = result && scanAfter(job.jobId);
  const otherItems = result?.status === "completed" ? (job.otherItems ?? view.otherItems) : [];
  /** The steps say then how to earn the character. */
  const canFinish = isFinishable(view);
  /** The server does not say how the scan goes: the resident has to log in, for one. */
  const refusal = scan.phase === "refused" ? scan.error : null;
  const isRunning = !result && !refusal;
  /** Nothing is known of one that is opened without a connection. */
  const isKnown = view.connected || view.seq >= 0;
  const isParked = isRunning && view.status === "parked";
  const confirming = finishing ? { ...scan, error: null } : scan;
  const isPlain = tone === "calm" && destination !== null;
  return (
    <div class={answer || isRunning ? "scan" : "scan alone"}>
      <section class="card" aria-label="진행 상황">
        <h1 ref={heading} tabindex={-1}>
          {destination === null ? (
            (refusal && "분석을 불러오지 못했어요") || title
          ) : (
            <>
              {item} <span class="goes">→ {destination}</span>
            </>
          )}
        </h1>
        <div class="submitted">
          {picture && <img src={picture} alt="보낸 사진" />}
          {asked && <p>“{asked}”</p>}
        </div>
        <div class="progress-fold" ref={progress}>
          {isRunning && isKnown && <Progress view={view} />}
        </div>
        {refusal && <LoadProblem error={refusal} onAgain={() => location.reload()} />}
        <div class={isPlain || refusal ? "unseen" : "scan-status"} role="status" ref={status}>
          {refusal ? null : tone === "calm" ? (
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
              <Confirmation
                scan={confirming}
                certainty={certainty}
                classification={classification}
              />
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
        {answer && (
          <DisposalSteps
            jobId={job.jobId}
            answer={answer}
            rule={rule}
            tags={view.situationTags}
            onFinish={canFinish ? () => void finish() : null}
            finishing={finishing && scan.phase !== "ended"}
            problem={finishing && scan.phase === "ended" ? scan.error : null}
          />
        )}
        {hasRule && !canFinish && <Reward result={result} focused={finishing} />}
        {local && <LocalRule local={local} />}
        {regionNote && <p class="notice">{regionNote}</p>}
        {isParked && <PushOffer />}
        {!text && isRunning && isKnown && <AnswerPlaceholder jobId={job.jobId} parked={isParked} />}
        {isRunning && isKnown && <CancelButton jobId={job.jobId} onNotFound={onNotFound} />}
        {fallbackNote && <p class="fallback-note">{fallbackNote}</p>}
        <OtherItems items={otherItems} onPick={onOtherItem} />
        {result && (
          <div class="next-actions">
            {!hasRule && (
              <button type="button" class="primary" onClick={onAgain}>
                다시 물어보기
              </button>
            )}
            {destination !== null && <ShareButton item={item} destination={destination} />}
            {next && (
              <Link href={scanPath(next.jobId)} class="primary next-item">
                다음 물건
              </Link>
            )}
            <button type="button" class={hasRule && !next ? "primary" : "quiet"} onClick={onNew}>
              새로 분석하기
            </button>
          </div>
        )}
      </div>
    </div>
  );
}

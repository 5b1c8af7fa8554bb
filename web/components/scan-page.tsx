import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { Job } from "../current-job.ts";
import type { Photo } from "../photo.ts";
import { useScan } from "../use-scan.ts";
import { tellingOf } from "../words/telling.ts";
import { CancelButton } from "./cancel-button.tsx";
import { Category } from "./category.tsx";
import { Discharge } from "./discharge.tsx";
import { Progress } from "./progress.tsx";
import { Reward } from "./reward.tsx";
import { Trouble } from "./trouble.tsx";
import { Waiting } from "./waiting.tsx";

interface Props {
  job: Job;
  photo: Photo | null;
  /** Back to the form with what was asked. */
  onAgain: () => void;
  /** Back to an empty form. */
  onNew: () => void;
  onGone: () => void;
}

/** One scan, from its submit to its result: what is known is shown as soon as it is. */
export function ScanPage({ job, photo, onAgain, onNew, onGone }: Props) {
  const view = useScan(job.streamUrl, onGone);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);

  const { title, words, tone, code } = tellingOf(view);
  const { result, classification, rule, answer } = view;
  const named = classification && classification.major_category !== "미분류";
  const ruled = result?.status === "completed" && rule !== null;
  return (
    <div class={answer || !result ? "scan" : "scan alone"}>
      <section class="card" aria-label="진행 상황">
        <h1 ref={heading} tabindex={-1}>
          {title}
        </h1>
        <div class="asked">
          {photo?.preview && <img src={photo.preview} alt="보낸 사진" />}
          {job.words && <p>“{job.words}”</p>}
        </div>
        {(!result || ruled) && <Progress view={view} />}
        <div class="telling" role="status">
          {tone === "calm" ? <p>{words}</p> : <Trouble tone={tone} words={words} code={code} />}
        </div>
        {named && <Category classification={classification} />}
        {!result && <CancelButton jobId={job.jobId} onGone={onGone} />}
      </section>
      <div class="found">
        {answer && <Discharge answer={answer} rule={rule} />}
        {!answer && !result && <Waiting />}
        {ruled && <Reward result={result} />}
        {result && (
          <div class="onward">
            {!ruled && (
              <button type="button" class="primary" onClick={onAgain}>
                다시 물어보기
              </button>
            )}
            <button type="button" class={ruled ? "primary" : "quiet"} onClick={onNew}>
              새로 분석하기
            </button>
          </div>
        )}
      </div>
    </div>
  );
}

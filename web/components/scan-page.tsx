import { useLayoutEffect, useRef } from "hono/jsx/dom";
import type { Job } from "../current-job.ts";
import type { Photo } from "../photo.ts";
import { useGlide } from "../use-glide.ts";
import { useScan } from "../use-scan.ts";
import { regionWords } from "../words/region-words.ts";
import { standInWords } from "../words/stand-in-words.ts";
import { tellingOf } from "../words/telling.ts";
import { CancelButton } from "./cancel-button.tsx";
import { Category } from "./category.tsx";
import { Details } from "./details.tsx";
import { Discharge } from "./discharge.tsx";
import { LocalRule } from "./local-rule.tsx";
import { Progress } from "./progress.tsx";
import { Reward } from "./reward.tsx";
import { Says } from "./says.tsx";
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

/**
 * One scan, from its submit to its result: what is known is shown as soon as it is, and nothing that
 * is being read moves when more comes.
 */
export function ScanPage({ job, photo, onAgain, onNew, onGone }: Props) {
  const view = useScan(job, onGone);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);

  const { title, words, details, tone, code } = tellingOf(view);
  const told = useGlide([tone, words, ...details, code].join("\n"));
  const { result, classification, rule, answer, written } = view;
  const named = classification && classification.major_category !== "미분류";
  const ruled = result?.status === "completed" && rule !== null;
  const said = answer?.user_answer ?? written;
  const local = answer && rule?.local;
  const aboutRegion = answer && regionWords(view);
  const aboutModel = result && standInWords(result.metadata.fallbacks);
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
        <div class="telling" role="status" ref={told}>
          {tone === "calm" ? (
            <>
              <p>{words}</p>
              <Details details={details} />
            </>
          ) : (
            <Trouble tone={tone} words={words} details={details} code={code} />
          )}
        </div>
        {named && <Category classification={classification} />}
      </section>
      <div class="found">
        {said && (
          <Says
            text={said}
            writing={!answer}
            hint={
              answer && !rule
                ? "재질과 상태를 함께 적어 보세요. 예: “기름 묻은 종이 피자 상자”"
                : null
            }
          />
        )}
        {answer && <Discharge answer={answer} rule={rule} />}
        {local && <LocalRule local={local} />}
        {aboutRegion && <p class="notice">{aboutRegion}</p>}
        {!said && !result && <Waiting />}
        {!result && <CancelButton jobId={job.jobId} onGone={onGone} />}
        {ruled && <Reward result={result} />}
        {aboutModel && <p class="stood-in">{aboutModel}</p>}
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

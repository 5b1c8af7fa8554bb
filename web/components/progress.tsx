import { type ScanView, type Stage, stageNames } from "../../client/src/eco2-edge-client.ts";
import { CheckIcon } from "./icons.tsx";

/** Each step has the stages from its first one to the next step's. */
const steps: readonly { name: string; first: Stage }[] = [
  { name: "확인", first: "queued" },
  { name: "분석", first: "rule" },
  { name: "배출방법", first: "answer" },
  { name: "완료", first: "reward" },
];
const order: readonly Stage[] = ["queued", ...stageNames, "done"];
const firsts = steps.map(({ first }) => order.indexOf(first));
const stepOf = (at: number) => firsts.findLastIndex((first) => first <= at);

const states = { done: "완료됨", now: "진행 중", todo: "아직" };

/** The number of completed steps. */
function completedSteps({ stage, status, result }: ScanView): number {
  if (result) return steps.length;
  const at = order.indexOf(stage);
  return stepOf(status === "completed" ? at + 1 : at);
}

/** The four steps of a scan, and its progress in percent. */
export function Progress({ view }: { view: ScanView }) {
  const done = completedSteps(view);
  const percent = `${view.progress}%`;
  return (
    <div class="progress">
      <ol class="steps">
        {steps.map(({ name }, index) => {
          const state = index < done ? "done" : index === done ? "now" : "todo";
          return (
            <li key={name} class={state} aria-current={state === "now" ? "step" : undefined}>
              <span class="dot">{state === "done" ? <CheckIcon /> : index + 1}</span>
              <span>{name}</span>
              <span class="unseen">{states[state]}</span>
            </li>
          );
        })}
      </ol>
      <div class="bar">
        <progress max={100} value={view.progress} aria-label="진행률">
          {percent}
        </progress>
        <span aria-hidden="true">{percent}</span>
      </div>
    </div>
  );
}

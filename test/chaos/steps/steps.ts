import { attemptSteps } from "./attempt-steps.ts";
import { interventionSteps } from "./intervention-steps.ts";
import { matchSteps } from "./match-steps.ts";
import { platformSteps } from "./platform-steps.ts";
import type { Steps } from "./step.ts";
import { userSteps } from "./user-steps.ts";

/** What may happen, by kind. */
export const steps = {
  ...userSteps,
  ...attemptSteps,
  ...interventionSteps,
  ...platformSteps,
  ...matchSteps,
} satisfies Steps;
export type StepKind = keyof typeof steps;

type Weights = readonly (readonly [StepKind, number])[];

/** How often each kind happens in the schedules of earlier seeds, whose steps stay what they were. */
export const earlierWeights: Weights = [
  ["submit", 3],
  ["claim", 12],
  ["proceed", 12],
  ["complete", 6],
  ["retry", 6],
  ["fail", 1],
  ["renew", 2],
  ["publishText", 2],
  ["park", 4],
  ["resume", 4],
  ["archive", 1],
  ["postpone", 2],
  ["cancel", 1],
  ["confirm", 4],
  ["alarm", 10],
  ["sweep", 2],
  ["erase", 1],
  ["advance", 6],
  ["evict", 4],
  ["subscribe", 4],
  ["lose", 3],
  ["release", 4],
  ["cron", 0.3],
];

/** How often each kind happens. */
export const weights: Weights = [
  ...earlierWeights,
  ["redrive", 5],
  ["match", 6],
  ["deadMatch", 2],
  ["loseMatch", 1],
  ["look", 3],
];

import { seededRandom } from "../support/seeded-random.ts";
import { faultKinds } from "./faults.ts";
import { pick, type Step } from "./steps/step.ts";
import { type StepKind, weights } from "./steps/steps.ts";

export interface Schedule {
  jobs: number;
  /** Whether idempotency keys name the scans. */
  keyed: boolean;
  steps: (Step & { kind: StepKind })[];
  /** Whether what had failed works again in the end; else it is redriven until it is given up. */
  recovers: boolean;
  /** From 0 to below 1: what the scans leave their user that complete in the end. */
  reward: number;
  /** From 0 to below 1: of which stage many dead letters of others are due; null for none. */
  crowd: number | null;
}

/** The schedule of a seed. */
export function scheduleOf(seed: number, weighted = weights): Schedule {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  function kindAt(x: number): StepKind {
    let left = x * total;
    const found = weighted.find(([, weight]) => (left -= weight) < 0);
    return found?.[0] ?? "claim";
  }
  const random = seededRandom(seed);
  const jobs = random() < 0.7 ? 1 : 2;
  const keyed = random() < 0.7;
  const length = 8 + Math.floor(random() * 33);
  const drawn = Array.from({ length }, () => {
    const [kind, job, x, y, z] = [kindAt(random()), random(), random(), random(), random()];
    const [isFaulty, what, at] = [random() < 0.25, random(), 1 + Math.floor(random() ** 2 * 6)];
    const fault = isFaulty ? { kind: pick(faultKinds, what) ?? "fails", at } : null;
    return { kind, job, x, y, z, fault };
  });
  const submitted = { kind: "submit", x: 0, y: 0, z: 0, fault: null } as const;
  const first = Array.from({ length: jobs }, (_, index) => ({ ...submitted, job: index / jobs }));
  const [recovers, reward, isCrowded, crowd] = [
    random() < 0.7,
    random(),
    random() < 0.02,
    random(),
  ];
  return {
    jobs,
    keyed,
    steps: [...first, ...drawn],
    recovers,
    reward,
    crowd: isCrowded ? crowd : null,
  };
}

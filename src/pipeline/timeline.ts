import type { StageName } from "./stages/stage-table.ts";

/** When a stage ran, Unix ms, and how many attempts it took. */
export interface StageRecord {
  startedAt: number;
  completedAt: number | null;
  attempts: number;
}

export type Timeline = Partial<Record<StageName, StageRecord>>;

const change = (
  timeline: Timeline,
  stage: StageName,
  at: number,
  next: (record: StageRecord) => Partial<StageRecord>,
): Timeline => {
  const record = timeline[stage] ?? { startedAt: at, completedAt: null, attempts: 0 };
  return { ...timeline, [stage]: { ...record, ...next(record) } };
};

export const withAttempt = (timeline: Timeline, stage: StageName, at: number): Timeline =>
  change(timeline, stage, at, ({ attempts }) => ({ completedAt: null, attempts: attempts + 1 }));

/** Without its last attempt, which called nobody. */
export const withoutAttempt = (timeline: Timeline, stage: StageName, at: number): Timeline =>
  change(timeline, stage, at, ({ attempts }) => ({ attempts: attempts - 1 }));

export const withCompletion = (timeline: Timeline, stage: StageName, at: number): Timeline =>
  change(timeline, stage, at, () => ({ completedAt: at }));

import { expect } from "vitest";
import { z } from "zod";
import type { JobState } from "../../src/pipeline/job.ts";
import { matchedMunicipality } from "../../src/pipeline/matched-municipality.ts";

/** The expected rows and events of ended scans, computed from the states of their jobs alone. */

const byText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
const sum = (numbers: readonly number[]) => numbers.reduce((all, it) => all + it, 0);
const costOf = ({ calls }: JobState) =>
  Math.round(sum(calls.map(({ cost_usd }) => cost_usd)) * 1e6);

/**
 * The rows that `user_characters` may have: one for each scan that announced a character as new. The collection
 * has one of each user and character.
 */
export const expectedGrants = (ended: readonly JobState[]) =>
  ended
    .flatMap(({ jobId: id, userId: user_id, endedAt, checkpoints }) => {
      const reward = checkpoints.reward?.reward;
      if (!reward || reward.already_owned || endedAt === null) return [];
      const { code, name, type, dialog } = reward;
      return [{ id, user_id, code, name, type, dialog, acquired_at: endedAt, given_at: endedAt }];
    })
    .toSorted((one, other) => byText(one.user_id, other.user_id) || byText(one.code, other.code));

/** The rows of a user's history, by job: one for each scan. */
export const expectedHistory = (ended: readonly JobState[]) =>
  ended
    .map((state) => {
      const { checkpoints, request, error } = state;
      const classification = checkpoints.vision?.classification;
      const reward = checkpoints.reward?.reward;
      return {
        admitted_at: expect.any(Number),
        job_id: state.jobId,
        requested_at: state.submittedAt,
        ended_at: state.endedAt,
        status: state.status,
        model: request.model,
        region: request.region,
        major: classification?.major_category ?? null,
        middle: classification?.middle_category ?? null,
        minor: classification?.minor_category ?? null,
        insufficiencies: JSON.stringify(checkpoints.answer?.insufficiencies ?? []),
        reward_code: reward?.code ?? null,
        reward_name: reward?.name ?? null,
        error_code: error?.code ?? null,
        photo_key: null,
      };
    })
    .toSorted((one, other) => byText(one.job_id, other.job_id));

/** What the totals of a user's scans hold, at least. */
export const expectedStats = (ended: readonly JobState[]) => {
  const count = (status: string) => ended.filter((it) => it.status === status).length;
  const rewarded = ended.filter(({ checkpoints }) => checkpoints.reward?.reward).length;
  return {
    total: ended.length,
    by_status: {
      completed: count("completed"),
      failed: count("failed"),
      cancelled: count("cancelled"),
    },
    rewards: { total: rewarded },
  };
};

const Group = z.record(z.string(), z.string());

/** The rows of `daily_statistics`. */
export function expectedStatistics(ended: readonly JobState[]) {
  const groups = Map.groupBy(ended, ({ endedAt, request, checkpoints, status }) =>
    JSON.stringify({
      day: new Date(endedAt ?? 0).toISOString().slice(0, 10),
      region: matchedMunicipality(request.region) ?? "",
      major: checkpoints.vision?.classification.major_category ?? "",
      middle: checkpoints.vision?.classification.middle_category ?? "",
      model: request.model,
      outcome: status,
    }),
  );
  return Array.from(groups, ([key, scans]) => ({
    ...Group.parse(JSON.parse(key)),
    scans: scans.length,
    rewards: scans.filter(({ checkpoints }) => checkpoints.reward?.reward).length,
    input_tokens: sum(scans.flatMap(({ calls }) => calls.map((it) => it.input_tokens))),
    output_tokens: sum(scans.flatMap(({ calls }) => calls.map((it) => it.output_tokens))),
    cost_micro_usd: sum(scans.map(costOf)),
  })).toSorted((one, other) =>
    byText(Object.values(one).slice(0, 6).join("\0"), Object.values(other).slice(0, 6).join("\0")),
  );
}

/** The types of a scan's domain events in order, without `scan.parked`. */
export const typesOf = ({ checkpoints, status }: JobState): string[] => [
  "scan.requested",
  ...(checkpoints.vision ? ["scan.classified"] : []),
  ...(checkpoints.rule ? ["scan.rules_retrieved"] : []),
  ...(checkpoints.answer ? ["scan.answered"] : []),
  ...(checkpoints.reward ? ["scan.rewarded"] : []),
  status === "completed" ? "scan.completed" : "scan.failed",
];

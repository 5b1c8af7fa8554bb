import { splitList } from "../auth/auth-settings.ts";
import type { KnownFailure } from "../pipeline/errors.ts";
import { type ModelRow, models } from "./catalog.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** Operators are warned this long before a model of their settings retires. */
const noticeDays = 30;

type Service = Pick<ModelRow, "name" | "retires_on" | "unsupported" | "successor">;

/** Days until a model is not served any more; 0 or less once it is not, and Infinity without an end. */
export function daysLeft({ retires_on, unsupported }: Service, now: number): number {
  if (unsupported) return 0;
  return retires_on === null ? Infinity : (Date.parse(retires_on) - now) / dayMs;
}

/** Why a model's successor answers instead; null while the model answers itself. */
export function whyReplaced(row: Service, now: number): KnownFailure | null {
  if (daysLeft(row, now) > 0) return null;
  const { name, retires_on, unsupported, successor } = row;
  return unsupported
    ? {
        code: "MODEL_UNSUPPORTED",
        message: `${successor} answers instead of ${name}: ${unsupported}.`,
      }
    : {
        code: "MODEL_RETIRED",
        message: `${name} was retired on ${retires_on}. ${successor} answers instead.`,
      };
}

export interface RetiringModel {
  setting: "DEFAULT_MODEL" | "MODEL_FALLBACK";
  model: string;
  /** Days of the notice that have passed. */
  noticeDay: number;
  /** What happens, and what to set instead. */
  reason: string;
}

/** The models of the settings that are gone, or go within 30 days. */
export function retiringModels(
  { DEFAULT_MODEL, MODEL_FALLBACK }: Pick<Env, "DEFAULT_MODEL" | "MODEL_FALLBACK">,
  now: number,
): RetiringModel[] {
  const named = [
    ...splitList(DEFAULT_MODEL).map((name) => ["DEFAULT_MODEL", name] as const),
    ...splitList(MODEL_FALLBACK).map((name) => ["MODEL_FALLBACK", name] as const),
  ];
  return named.flatMap(([setting, model]) => {
    const row = models.find(({ name }) => name === model);
    const left = row ? daysLeft(row, now) : Infinity;
    if (!row || left >= noticeDays) return [];
    const what =
      whyReplaced(row, now)?.message ??
      `${model} retires on ${row.retires_on}, and ${row.successor} answers from then on.`;
    return [
      {
        setting,
        model,
        noticeDay: Math.ceil(noticeDays - left),
        reason: `${what} Set ${setting} to ${row.successor}.`,
      },
    ];
  });
}

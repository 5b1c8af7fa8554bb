import type { Context } from "hono";
import { z } from "zod";
import { type Admission, type Admitted, type Quota, type Refusal } from "../pipeline/admission.ts";
import type { Submission } from "../pipeline/submission.ts";
import { isGuest } from "../auth/guests.ts";
import { callAccount } from "../objects.ts";
import { Problem } from "./problem.ts";
import type { UserEnv } from "./user.ts";

const Limit = z.union([z.literal(""), z.coerce.number().int().positive()]);
const daySeconds = 24 * 60 * 60;
/** The names of the two budgets in the RateLimit headers (draft-ietf-httpapi-ratelimit-headers). */
const names = { perDay: "day", atOnce: "at-once" } as const;

/** The quota of a user. Throws a RangeError for a setting that is not a positive integer. */
export function quotaOf(
  { AUTH_MODE, SCANS_PER_DAY, GUEST_SCANS_PER_DAY, SCANS_AT_ONCE }: Env,
  userId: string,
): Quota {
  const dev = AUTH_MODE === "dev";
  return {
    perDay: isGuest(userId)
      ? limitOf("GUEST_SCANS_PER_DAY", GUEST_SCANS_PER_DAY, dev ? null : 10)
      : limitOf("SCANS_PER_DAY", SCANS_PER_DAY, dev ? null : 200),
    atOnce: limitOf("SCANS_AT_ONCE", SCANS_AT_ONCE, dev ? null : 5),
  };
}

/** How many guests may begin at one address a day; null for any number. */
export const guestsPerAddress = ({ AUTH_MODE, GUESTS_PER_ADDRESS }: Env): number | null =>
  limitOf("GUESTS_PER_ADDRESS", GUESTS_PER_ADDRESS, AUTH_MODE === "dev" ? null : 20);

/** A setting that is a positive integer, or empty. Throws a RangeError for any other. */
export function limitOf(name: string, text: string, otherwise: number | null): number | null {
  const limit = Limit.safeParse(text.trim());
  if (!limit.success) throw new RangeError(`${name} must be a whole number above 0, or empty`);
  return limit.data === "" ? otherwise : limit.data;
}

/**
 * Admits a user's scan, and sets the RateLimit headers. A scan that its key has named before keeps its id.
 * Throws 429 when the quota is used up.
 */
export async function admit(
  c: Context<UserEnv>,
  userId: string,
  key: string | null,
): Promise<Admitted & Pick<Submission, "jobId" | "keyed"> & { admittedAt: number }> {
  const quota = quotaOf(c.env, userId);
  const newId = crypto.randomUUID();
  const admission = await callAccount(c.env, userId, (it) => it.admit(newId, quota, key));
  if (!admission.admitted) throw refusedScan(c, admission);
  for (const [name, value] of Object.entries(headersOf(admission))) c.header(name, value);
  const { jobId, lane, owned, admittedAt } = admission;
  return { jobId, keyed: key !== null, lane, owned, admittedAt };
}

/** The problem of a scan that its user's quota refuses. Sets the headers that say when to try again. */
export function refusedScan(c: Context, refusal: Refusal): Problem {
  for (const [name, value] of Object.entries(headersOf(refusal))) c.header(name, value);
  const { refusedBy, budgets } = refusal;
  c.header("retry-after", String(budgets[refusedBy]?.resetSeconds ?? 1));
  const { english, korean } = messages[refusedBy];
  return new Problem("RATE_LIMITED", english, {}, korean);
}

const messages = {
  perDay: {
    english: "No scans are left for today; there are new ones at midnight in Korea.",
    korean: "오늘 할 수 있는 분석을 다 했어요. 자정에 다시 할 수 있어요.",
  },
  atOnce: {
    english: "Too many scans are running at once; wait for one to end.",
    korean: "분석 여러 개가 한꺼번에 진행 중이에요. 하나가 끝난 뒤에 다시 해 주세요.",
  },
};

function headersOf({ budgets }: Admission): Record<string, string> {
  const limited = (["perDay", "atOnce"] as const).flatMap((name) => {
    const budget = budgets[name];
    return budget ? [{ ...budget, name: names[name], window: name === "perDay" }] : [];
  });
  if (limited.length === 0) return {};
  return {
    "ratelimit-policy": limited
      .map(({ name, limit, window }) => `"${name}";q=${limit}${window ? `;w=${daySeconds}` : ""}`)
      .join(", "),
    ratelimit: limited
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(", "),
  };
}

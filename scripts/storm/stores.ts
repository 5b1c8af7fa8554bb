import { z } from "zod";
import type { ProviderCall } from "./fake-provider.ts";

const text = z.string().nullable();

/** An item of a user's history. */
export const HistoryItem = z.object({
  job_id: z.string(),
  requested_at: z.string(),
  ended_at: z.string(),
  status: z.string(),
  model: z.string(),
  category: z.object({ major: text, middle: text, minor: text }).nullable(),
  insufficiencies: z.array(z.string()),
  reward: z.object({ code: z.string(), name: text }).nullable(),
  error_code: text,
});
export type HistoryItem = z.infer<typeof HistoryItem>;

/** A user's totals, in short: the sums of all ended scans and of those with a reward. */
export const UserTotals = z.object({
  total: z.int(),
  rewards: z.object({ total: z.int() }),
});

/** What a user's pages show. */
export interface UserPages {
  userId: string;
  history: readonly HistoryItem[];
  totals: z.infer<typeof UserTotals>;
  characters: readonly string[];
}

export const OwnershipRow = z.object({
  id: z.string(),
  user_id: z.string(),
  character_code: z.string(),
  acquired_at: z.int(),
});
export type OwnershipRow = z.infer<typeof OwnershipRow>;

export const StatisticsRow = z.object({
  day: z.string(),
  major: z.string(),
  middle: z.string(),
  model: z.string(),
  outcome: z.string(),
  scans: z.int(),
  rewards: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cost_micro_usd: z.int(),
});
export type StatisticsRow = z.infer<typeof StatisticsRow>;

/** An event of the feed for other services. */
export const FeedEvent = z.object({
  type: z.string(),
  subject: z.string(),
  sequence: z.string(),
  userid: z.string().optional(),
  time: z.string(),
  data: z.looseObject({}),
});
export type FeedEvent = z.infer<typeof FeedEvent>;

/** A webhook that the receiver has accepted. */
export interface ReceivedWebhook {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

/** All that a scan leaves behind, read when all is quiet. */
export interface Stores {
  users: readonly UserPages[];
  ownerships: readonly OwnershipRow[];
  /** `user_characters`, in the form of `ownerships`. */
  collections: readonly OwnershipRow[];
  statistics: readonly StatisticsRow[];
  feed: readonly FeedEvent[];
  webhooks: readonly ReceivedWebhook[];
  callsOf: (marker: string) => readonly ProviderCall[];
}

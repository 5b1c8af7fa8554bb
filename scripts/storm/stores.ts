import { z } from "zod";
import type { ProviderCall } from "./fake-provider.ts";

/** Rows of D1 that a storm compares. */
export const HistoryRow = z.object({
  job_id: z.string(),
  user_id: z.string(),
  requested_at: z.int(),
  ended_at: z.int(),
  status: z.string(),
  model: z.string(),
  major: z.string().nullable(),
  middle: z.string().nullable(),
  minor: z.string().nullable(),
  insufficiencies: z.string(),
  reward_code: z.string().nullable(),
  reward_name: z.string().nullable(),
  error_code: z.string().nullable(),
  cost_micro_usd: z.int(),
});
export type HistoryRow = z.infer<typeof HistoryRow>;

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
  history: readonly HistoryRow[];
  ownerships: readonly OwnershipRow[];
  /** `user_characters`, in the form of `ownerships`. */
  collections: readonly OwnershipRow[];
  statistics: readonly StatisticsRow[];
  feed: readonly FeedEvent[];
  webhooks: readonly ReceivedWebhook[];
  callsOf: (marker: string) => readonly ProviderCall[];
}

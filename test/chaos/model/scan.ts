import type { StageName } from "../../../src/pipeline/stages/stage-table.ts";

/** What a run leaves its user: a character, one that is matched later, or none. */
export type Reward = "announced" | "pending" | "none";

/**
 * What a scan is, written down a second time: from the design, and without the state machine of the object.
 * Times are Unix ms.
 */
export interface Scan {
  /** The request that it was submitted with, and whether under an idempotency key. */
  body: string;
  keyed: boolean;
  /** What happened, as stage and event. */
  log: readonly string[];
  status: "open" | "parked" | "completed" | "failed" | "cancelled";
  stage: StageName;
  lease: { id: string; until: number } | null;
  /** Of the stage: used attempts, crashes, and since when no provider could be called. */
  attempt: number;
  crashes: number;
  unavailableSince: number | null;
  /** When the stage may run, when its message was sent last, and how often in vain. */
  readyAt: number;
  sentAt: number;
  lost: number;
  parkedAt: number | null;
  endedAt: number | null;
  redrives: number;
  automatic: number;
  /** The last decision to redrive it. */
  decision: string | null;
  /** Whether it asks its resident, and what the resident chose. */
  asks: boolean;
  choice: string | null;
  /** What the reward stage of this run has said. */
  reward: Reward;
}

/** Null while there is no such scan. */
export type MaybeScan = Scan | null;

/** What is left of a purged scan that an idempotency key names, and until when. */
export interface IdempotencyRecord {
  body: string;
  until: number;
}

/** What can be done to a scan. */
export interface Commands {
  submit: { body: string; keyed: boolean };
  claim: { stage: StageName; lease: string };
  complete: { lease: string; stages: readonly StageName[]; asks: boolean; reward: Reward };
  retry: { stage: StageName; lease: string; counts: boolean; waitMs: number };
  fail: { stage: StageName; lease: string };
  renew: { stage: StageName; lease: string; length: number };
  publishText: { stage: StageName; lease: string; length: number };
  park: { stage: StageName; redrives: number };
  resume: { stage: StageName; decision: string; from: StageName; automatic: boolean };
  archive: object;
  postpone: { stage: StageName; until: number };
  cancel: object;
  confirm: { choice: string };
  /** The platform deletes an alarm before it fires. */
  wake: { by: "alarm" | "cron" };
  erase: object;
}
export type CommandName = keyof Commands;

export interface Outcome {
  scan: MaybeScan;
  reply: string;
  /** Which message of the scan's stage is sent. */
  sends: "message" | "dead-letter" | null;
}

/** What each command does to a scan that there is. */
export type Rules = {
  [Name in CommandName]: (scan: Scan, command: Commands[Name], now: number) => Outcome;
};

export const hour = 3_600_000;
export const day = 24 * hour;
export const week = 7 * day;

export const isEnded = ({ endedAt }: Scan) => endedAt !== null;
export const isWaiting = ({ status }: Scan) => status === "open";

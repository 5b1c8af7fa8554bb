import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { z } from "zod";
import { accountScans } from "../../durable-objects/user-account/account-scans.ts";
import type { HistoryEntry } from "../../src/pipeline/history-entry.ts";
import { HistoryPage } from "../../src/users/history.ts";
import { statsOf } from "../../src/users/stats.ts";
import { buildHistoryEntry } from "./build-history-entry.ts";

const accountOf = (userId: string) => env.USER_ACCOUNT.getByName(userId);

/** Adds an ended scan to a user's history. */
export async function addScan(userId: string, entry: Partial<HistoryEntry> = {}) {
  const whole = buildHistoryEntry(entry.jobId ?? crypto.randomUUID(), entry);
  await runInDurableObject(accountOf(userId), (_, { storage }) =>
    accountScans(storage.sql).restore(whole),
  );
  return whole;
}

/** The rows of a user's history, at most a hundred, by job. */
export async function historyRows(userId: string) {
  const rows = await accountOf(userId).history(userId, HistoryPage.parse({ limit: 100 }));
  const jobOf = ({ job_id }: (typeof rows)[number]) => z.string().parse(job_id);
  return rows.slice(0, 100).toSorted((one, other) => (jobOf(one) < jobOf(other) ? -1 : 1));
}

/** The totals of a user's ended scans. */
export const statsRows = async (userId: string) => statsOf(await accountOf(userId).totals(userId));

import { callAccount } from "./objects.ts";
import type { Rewards } from "./ports.ts";

/** What scans may give, decided in their user's account. */
export const accountRewards = (env: Env): Rewards => ({
  allowForWords: ({ job_id, user_id }, code) =>
    callAccount(env, user_id, (account) => account.allowForWords(job_id, code)),
});

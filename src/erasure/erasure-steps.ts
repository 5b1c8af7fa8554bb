import { countEventsOf, redactUser } from "../events/redact-user.ts";
import { countAllOf, deleteAllOf } from "../images/retention.ts";
import { callAccount, callJob } from "../objects.ts";
import { type Fragment, fragment, json, raw, sql } from "../platform/sql.ts";
import { pseudonymOf } from "../users/pseudonym.ts";
import { markErased } from "./erasure-receipts.ts";
import { eventRangesOf } from "./event-ranges.ts";

/** Erases one kind of data of a user. Every step is idempotent and may be interrupted. */
export interface Step {
  /** Its key in the receipt. */
  name: string;
  count: (env: Env, userId: string) => Promise<number>;
  /** Removes some items. Returns whether there may be more. */
  remove: (env: Env, userId: string) => Promise<boolean>;
}

/** How many jobs are erased concurrently, with one object call each. */
const jobsAtOnce = 20;

const scans: Step = {
  name: "scans",
  count: async (env, userId) => (await jobsOf(env, userId)).length,
  async remove(env, userId) {
    // First: a scan that is submitted behind its erasure finds that its user was erased.
    await callAccount(env, userId, (it) => it.markErased());
    const jobs = await jobsOf(env, userId);
    const some = jobs.slice(0, jobsAtOnce);
    await Promise.all(some.map((id) => callJob(env, id, (job) => job.erase())));
    await callAccount(env, userId, (account) => account.releaseJobs(some));
    return jobs.length > some.length;
  },
};

const jobsOf = (env: Env, userId: string) => callAccount(env, userId, (account) => account.jobs());

/** In the user's object, and what earlier versions have stored in D1 and nobody has read since. */
const history: Step = {
  name: "history",
  count: async (env, userId) =>
    (await callAccount(env, userId, (it) => it.historySize())) +
    (await countIn(env, "earlier_scans", "user_id", userId)),
  async remove(env, userId) {
    await callAccount(env, userId, (it) => it.eraseHistory());
    await sql(env.DB)`DELETE FROM earlier_scans WHERE user_id = ${userId}`.run();
    return false;
  },
};

const account: Step = {
  name: "account",
  count: async (env, userId) => ((await callAccount(env, userId, (it) => it.isEmpty())) ? 0 : 1),
  async remove(env, userId) {
    await callAccount(env, userId, (it) => it.erase());
    return false;
  },
};

const photos: Step = {
  name: "photos",
  count: countAllOf,
  remove: async (env, userId) => (await deleteAllOf(env, userId)) > 0,
};

const countIn = (env: Env, table: string, column: string, userId: string) =>
  countWhere(env, table, fragment`${raw(column)} = ${userId}`);

async function countWhere({ DB }: Env, table: string, condition: Fragment) {
  const query = sql(DB)`SELECT COUNT(*) AS count FROM ${raw(table)} WHERE ${condition}`;
  return (await query.first<number>("count")) ?? 0;
}

/** Deletes the rows of a user from a table. */
const rows = (name: string, table: string, column = "user_id"): Step => ({
  name,
  count: (env, userId) => countIn(env, table, column, userId),
  async remove({ DB }, userId) {
    await sql(DB)`DELETE FROM ${raw(table)} WHERE ${raw(column)} = ${userId}`.run();
    return false;
  },
});

/** Where records of operators name a user. The records stay, with the pseudonym. */
const operatorRecords = [
  ["redrives", "request"],
  ["audit", "detail"],
] as const;
const path = "$.filter.user_id";

/** Whether a record names a user: as JSON, or anywhere in a text that is not JSON. */
const namesUser = (column: string, userId: string) => fragment`iif(json_valid(${raw(column)}),
  ${raw(json(column))} ->> ${path} = ${userId}, instr(${raw(column)}, ${JSON.stringify(userId)}) > 0)`;

const operatorRecordsStep: Step = {
  name: "orders_redacted",
  async count(env, userId) {
    const counts = await Promise.all(
      operatorRecords.map(([table, column]) => countWhere(env, table, namesUser(column, userId))),
    );
    return counts.reduce((sum, count) => sum + count);
  },
  async remove({ DB }, userId) {
    const pseudonym = await pseudonymOf(userId);
    await DB.batch(
      operatorRecords.map(
        ([table, column]) => sql(DB)`
          UPDATE ${raw(table)} SET ${raw(column)} = iif(json_valid(${raw(column)}),
            json_set(${raw(json(column))}, ${path}, ${pseudonym}),
            replace(${raw(column)}, ${JSON.stringify(userId)}, ${JSON.stringify(pseudonym)}))
          WHERE ${namesUser(column, userId)}`,
      ),
    );
    return false;
  },
};

/** Redacts a user in the event log, in D1 and in R2. */
const events: Step = {
  name: "events_redacted",
  count: async (env, userId) => countEventsOf(env, userId, await eventRangesOf(env, userId)),
  remove: async (env, userId) =>
    (await redactUser(env, userId, await eventRangesOf(env, userId))) > 0,
};

/** What belongs to a user id: the events first, since the scans say where they are, then what would write more of it. */
const ownSteps: readonly Step[] = [
  events,
  scans,
  history,
  account,
  photos,
  rows("characters", "user_characters"),
  rows("ownerships", "character_ownerships"),
  rows("profile", "users", "id"),
  rows("dead_letters", "dead_letters"),
  rows("webhooks", "webhook_deliveries"),
  operatorRecordsStep,
];

/** Erases the guests who were merged into a user. One is forgotten when a pass finds nothing of it. */
const guests: Step = {
  name: "guests",
  async count(env, userId) {
    const guestIds = await guestsOf(env, userId);
    const counts = await Promise.all(guestIds.map((guestId) => countAll(env, guestId)));
    return counts.reduce((sum, count) => sum + count, 0);
  },
  async remove(env, userId) {
    for (const guestId of await guestsOf(env, userId)) {
      if ((await countAll(env, guestId)) === 0) {
        await callAccount(env, userId, (account) => account.forgetGuest(guestId));
        continue;
      }
      await markErased(env.DB, guestId);
      for (const step of ownSteps) while (await step.remove(env, guestId));
    }
    return false;
  },
};

const guestsOf = (env: Env, userId: string) =>
  callAccount(env, userId, (account) => account.guests());

async function countAll(env: Env, guestId: string): Promise<number> {
  const counts = await Promise.all(ownSteps.map((step) => step.count(env, guestId)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** All data of a user, in the order of erasure: first of the guests that the user was, whose scans are the user's. */
export const erasureSteps: readonly Step[] = [guests, ...ownSteps];

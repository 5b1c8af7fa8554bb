import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { z } from "zod";
import { MatchMessage } from "../../src/pipeline/messages.ts";
import { jsonText, select } from "../../src/platform/sql.ts";
import { redriveLimit } from "./model/dead-letters.ts";
import { lastReward } from "./invariants.ts";
import type { Tracked } from "./tracked.ts";
import type { World } from "./world.ts";

const Pending = z.object({ jobId: z.string(), endedAt: z.int() });
const Owner = z.object({ id: z.string() });

/** What the user's account holds: whose scan gave each character, and the rewards that are pending. */
export const accountRewards = (world: World) =>
  runInDurableObject(world.account(), (_, { storage }) => {
    const query = `SELECT id AS jobId, ended_at AS endedAt FROM scans
      WHERE match_of = ended_at AND matched IS NULL`;
    const characters = Array.from(storage.kv.list({ prefix: "character:" }));
    return {
      owners: new Map(characters.map(([key, it]) => [key.split(":")[1], Owner.parse(it).id])),
      pending: z.array(Pending).parse(storage.sql.exec(query).toArray()),
    };
  });

const Write = z.object({
  status: z.enum(["parked", "redriving", "recovered", "archived"]),
  automatic: z.int(),
  body: jsonText(MatchMessage),
});

/** The dead letters of matches. */
export async function readMatchRows({ hasDeadMatch }: World): Promise<z.infer<typeof Write>[]> {
  if (!hasDeadMatch) return [];
  return select(env.DB, Write)`
    SELECT status, automatic_redrives AS automatic, body FROM dead_letters
    WHERE kind = 'write' AND source = 'character-match'`;
}

/** The character that a scan is given, by its class. */
const codes: Record<string, string> = {
  무색페트병: "char-petty",
  유리병: "char-glassy",
  금속류: "char-metally",
};
export const codeOf = ({ logs }: Tracked): string => {
  const confirmed = logs.at(-1)?.find((event) => event.type === "confirmed");
  const label = confirmed?.classification.middle_category ?? "무색페트병";
  return codes[label] ?? label;
};

/** When the last run of a scan ended that has left a reward pending; null for any other. */
export function pendingOf({ logs, isErased }: Tracked): number | null {
  const log = logs.at(-1) ?? [];
  return !isErased && lastReward(log) === "pending" ? (log.at(-1)?.at ?? null) : null;
}

/** What is broken in the dead letters of matches: one is given up after its last redrive, and not before. */
export async function brokenMatchRows(world: World): Promise<string[]> {
  const rows = await readMatchRows(world);
  const often = rows.filter(({ automatic }) => automatic > redriveLimit);
  const early = rows.filter(
    ({ status, automatic }) => status === "archived" && automatic < redriveLimit,
  );
  return [
    ...often.map(({ automatic }) => `a match was redriven ${automatic} times`),
    ...early.map(({ automatic }) => `a reward was given up after ${automatic} redrives`),
  ];
}

/** Whether a pending reward was given up. */
export const isGivenUp = async (world: World, { jobId }: Tracked): Promise<boolean> =>
  (await readMatchRows(world)).some((it) => it.status === "archived" && it.body.jobId === jobId);

import { env } from "cloudflare:workers";
import { DeadLetterPage, listDeadLetters } from "../../src/dead-letters/dead-letter-list.ts";
import { type Claimed } from "../../src/dead-letters/dead-letter-store.ts";
import {
  claimHeld,
  createRedrive,
  readRedrive,
  RedriveRequest,
} from "../../src/dead-letters/operated-redrives.ts";
import { progressOf } from "../../src/dead-letters/redrive-letters.ts";
import { forEachDeadLetter, redrive } from "../../src/dead-letters/redrive-dead-letter.ts";

/** The parked dead letters of a projection. */
export const parkedEvents = async (source: string) =>
  (await listDeadLetters(env.DB, DeadLetterPage.parse({ source, status: "parked" }))).dead_letters;

/** Claims the parked dead letters of a projection, as an operated redrive does. */
async function claim(source: string): Promise<{ id: string; claimed: Claimed[] }> {
  const id = crypto.randomUUID();
  const order = { filter: { kind: "projection", source }, by: "kim", why: "a test" };
  await createRedrive(env.DB, id, RedriveRequest.parse(order), Date.now() + 1);
  const run = await readRedrive(env.DB, id);
  return { id, claimed: run ? await claimHeld(env.DB, run, 100, Date.now()) : [] };
}

/** Redrives the parked dead letters of a projection, each as often as given at the same time. */
export async function redriveEvents(source: string, times = 1) {
  const { id, claimed } = await claim(source);
  const again = Array.from({ length: times }, () =>
    forEachDeadLetter(claimed, (it) => redrive(env, it), env),
  );
  await Promise.all(again);
  const { recovered, failed_again } = await progressOf(env.DB, id);
  return { recovered, failed_again };
}

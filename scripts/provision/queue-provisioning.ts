import { z } from "zod";
import { type Api, ApiError } from "./cloudflare-api.ts";
import type { Configuration } from "./deploy-configuration.ts";

/** A queue that `wrangler.toml` names. wrangler creates no dead-letter queues, so all are created here. */
export interface PlannedQueue {
  name: string;
  /** The bindings through which the Worker sends to it. */
  bindings: string[];
  exists: boolean;
}

/** The code of "Queue name is already taken". */
const nameTaken = 11009;

export const Queue = z.looseObject({ queue_name: z.string(), queue_id: z.string() });

/** The names of the queues that the account has; none without an account. */
export const existingQueues = async (api: Api | null): Promise<ReadonlySet<string>> =>
  new Set(api === null ? [] : (await api.list("/queues", Queue)).map((it) => it.queue_name));

/** All queues of the configuration, and whether they are among those that exist. */
export function plannedQueues(
  { queues: { producers, consumers } }: Configuration,
  existing: ReadonlySet<string>,
): PlannedQueue[] {
  const names = new Set([
    ...producers.map(({ queue }) => queue),
    ...consumers.flatMap(({ queue, dead_letter_queue: dead }) => (dead ? [queue, dead] : [queue])),
  ]);
  return [...names].map((name) => ({
    name,
    bindings: producers.filter(({ queue }) => queue === name).map(({ binding }) => binding),
    exists: existing.has(name),
  }));
}

/** Creates a queue. One that exists meanwhile, such as after a lost answer, is a success. */
export async function createQueue(api: Api, queue_name: string): Promise<void> {
  try {
    await api.request("/queues", z.unknown(), { method: "POST", body: { queue_name } });
  } catch (error) {
    if (!(error instanceof ApiError && error.codes.includes(nameTaken))) throw error;
  }
}

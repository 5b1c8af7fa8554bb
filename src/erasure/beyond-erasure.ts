import { z } from "zod";
import { beyondErasureMessages as messages } from "../resident-messages.ts";

const places = [
  "database_history",
  "vision_cache",
  "service_logs",
  "events_read",
  "webhooks_delivered",
  "model_providers",
] as const;

/** A place that an erasure cannot reach. */
export const BeyondErasure = z.object({
  place: z.enum(places),
  /** After how many days nothing is left there; null when its owner decides. */
  days: z.int().nullable(),
  /** For the resident, in Korean. */
  message: z.string(),
});

const days: Partial<Record<(typeof places)[number], number>> = {
  database_history: 30,
  vision_cache: 1,
};

/** What an erasure cannot reach, which each receipt names. */
export const beyondErasure = places.map((place): z.infer<typeof BeyondErasure> => ({
  place,
  days: days[place] ?? null,
  message: messages[place],
}));

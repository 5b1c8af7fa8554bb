import { z } from "zod";
import { Classification } from "./taxonomy.ts";

/** A class that the photo may show. */
export const CategoryCandidate = z.strictObject({
  classification: Classification,
  /** 0 to 1. */
  probability: z.number().min(0).max(1),
});
export type CategoryCandidate = z.infer<typeof CategoryCandidate>;

/** What the resident is asked: whether the class is right, or which of the candidates it is. */
export const Asks = z.enum(["confirmation", "choice"]);
export type Asks = z.infer<typeof Asks>;

/** How the resident confirmed or corrected the class. */
export const ConfirmedBy = z.enum(["category", "words"]);
export type ConfirmedBy = z.infer<typeof ConfirmedBy>;

/** How certain a classification is. A model that states no probabilities leaves all of it at the defaults. */
export const certaintyShape = {
  /** The probability of the classification, 0 to 1; null when the model states none. */
  confidence: z.number().min(0).max(1).nullable().default(null),
  /** The most probable classes, the first first; empty when the model states none. */
  candidates: z.array(CategoryCandidate).max(5).default([]),
  /** Null when nothing is asked. */
  asks: Asks.nullable().default(null),
  /** Null until the resident has confirmed the class. */
  confirmed_by: ConfirmedBy.nullable().default(null),
};
export type Certainty = z.infer<z.ZodObject<typeof certaintyShape>>;

/** The certainty of a model that states no probabilities. */
export const unstated: Certainty = {
  confidence: null,
  candidates: [],
  asks: null,
  confirmed_by: null,
};

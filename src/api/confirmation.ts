import { z } from "zod";
import type { Adapters } from "../adapters.ts";
import type { Choice } from "../pipeline/decisions/interventions.ts";
import { Category, categoryClass } from "../pipeline/taxonomy.ts";
import { notRecognisedMessages } from "../resident-messages.ts";
import { Problem } from "./problem.ts";

export const Confirmation = z
  .strictObject({
    middle_category: Category.optional().describe("A candidate, or any other category."),
    words: z.string().trim().min(1).max(2_000).optional().describe("What it is, in words."),
  })
  .refine(
    ({ middle_category, words }) => (middle_category === undefined) !== (words === undefined),
    {
      error: "takes either a middle_category or words",
    },
  )
  .meta({ id: "Confirmation", description: "What the item is: its category, or words." });

/** Why a choice is not taken. */
export const confirmRefusals = {
  "not-ended": () => new Problem("SCAN_NOT_ENDED", "The scan has not ended; wait for `done`."),
  "nothing-to-confirm": () =>
    new Problem("NOTHING_TO_CONFIRM", "The scan has no candidates to choose from."),
  "confirmed-otherwise": () =>
    new Problem("ALREADY_CONFIRMED", "The scan was confirmed otherwise; submit another."),
};

/** Why ticked steps change nothing. */
export const finishRefusals = {
  "not-ended": confirmRefusals["not-ended"],
  "nothing-to-finish": () =>
    new Problem("NOTHING_TO_FINISH", "The scan has a character, or none that steps could give."),
};

/** The class of a resident's choice. Throws the Problem `NOT_RECOGNISED` for words that name no known item. */
export async function choiceOf(
  { middle_category, words = "" }: z.infer<typeof Confirmation>,
  { regulations, classifyWords }: Adapters,
): Promise<Choice> {
  if (middle_category) {
    return { by: "category", classification: categoryClass(middle_category), situation_tags: [] };
  }
  const named = await classifyWords(words, await regulations.version());
  if (!named) throw new Problem("NOT_RECOGNISED", notRecognisedMessages.notFound);
  return { by: "words", ...named };
}

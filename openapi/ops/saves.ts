import { z } from "zod";
import { Letter, SavesPage } from "../../src/dead-letters/write-list.ts";
import { json } from "../bodies.ts";
import { answers } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inQuery } from "../parameters.ts";

answers("SaveLetter", Letter, "A grant or an event that could not be saved.", {
  body: "The message as it came.",
  first_seen_at: "Unix ms.",
  last_seen_at: "Unix ms.",
  next_redrive_at: "When it is tried again by itself, Unix ms.",
});
const Letters = answers(
  "SaveLetters",
  z.object({ letters: z.array(Letter), next_cursor: z.string().nullable() }),
  "A page, the newest first; `next_cursor` is null after the last.",
);

export const saves: Resource = {
  tag: "Ops: saves",
  description: "Grants and events that could not be saved.",
  operations: [
    operation("get", "/api/v1/ops/save-letters", {
      id: "listSaveLetters",
      summary: "Which saves did not go through",
      access: "operator",
      parameters: inQuery(SavesPage, {
        status: "Those of this status.",
        queue: "Those of this queue.",
        limit: "How many.",
        cursor: "The `next_cursor` of the page before.",
      }),
      answers: {
        200: json("A page.", Letters, {
          "one letter": {
            letters: [
              {
                id: "6f2e0f6c-8b7b-4a43-9be1-59a1e4a3a4a7",
                queue: "scan-events",
                user_id: null,
                error_code: "MESSAGE_UNREADABLE",
                error_message: "The message is none of this queue.",
                body: '"not a message"',
                redrives: 0,
                status: "archived",
                first_seen_at: 1_795_347_267_263,
                last_seen_at: 1_795_347_267_263,
                next_redrive_at: 1_795_347_267_263,
              },
            ],
            next_cursor: null,
          },
        }),
      },
      problems: ["VALIDATION_ERROR"],
    }),
  ],
};

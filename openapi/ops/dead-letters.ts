import { z } from "zod";
import { Group, Letter, LetterPage } from "../../src/dead-letters/list.ts";
import { json } from "../bodies.ts";
import { answers } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inQuery } from "../parameters.ts";
import { jobId } from "../../src/api/scan-examples.ts";

answers(
  "DeadLetter",
  Letter,
  "One stage of one scan that did not go through, or a message that could not be read.",
  {
    fingerprint: "Letters of the same cause have the same one.",
    body: "The message as it came, where it could not be read.",
    first_seen_at: "Unix ms.",
    last_seen_at: "Unix ms.",
    next_redrive_at: "When it is redriven by itself, Unix ms.",
    redrive_id: "The operator's redrive that took it last.",
  },
);
const Letters = answers(
  "DeadLetters",
  z.object({ letters: z.array(Letter), next_cursor: z.string().nullable() }),
  "A page, the newest first; `next_cursor` is null after the last.",
);
answers("DeadLetterGroup", Group, "Letters of one cause; the message is one of theirs.", {
  first_seen_at: "Unix ms.",
  last_seen_at: "Unix ms.",
});
const Groups = answers(
  "DeadLetterGroups",
  z.object({ groups: z.array(Group) }),
  "The most frequent first.",
);

/** A cause, as letters of it are counted. */
export const fingerprint = "answer/MODEL_UNAVAILABLE/gpt-5.2/a5eb5bc1b194";
const known = {
  fingerprint,
  stage: "answer",
  error_code: "MODEL_UNAVAILABLE",
  error_message: "The model gpt-5.2 did not answer.",
  model: "gpt-5.2",
  regulation_version: "a5eb5bc1b194",
  first_seen_at: 1_795_347_267_263,
  last_seen_at: 1_795_347_867_000,
};

export const deadLetters: Resource = {
  tag: "Ops: dead letters",
  description: "What did not go through: by cause, and one by one.",
  operations: [
    operation("get", "/api/v1/ops/dead-letters/groups", {
      id: "listDeadLetterGroups",
      summary: "Why scans fail, by cause",
      access: "operator",
      parameters: [
        {
          in: "query",
          name: "status",
          says: "Those of this status.",
          schema: LetterPage.shape.status.unwrap().default("parked"),
        },
      ],
      answers: {
        200: json("The causes.", Groups, {
          "one cause": { groups: [{ ...known, letters: 41, users: 38 }] },
        }),
      },
      problems: ["VALIDATION_ERROR"],
    }),
    operation("get", "/api/v1/ops/dead-letters", {
      id: "listDeadLetters",
      summary: "Dead letters one by one",
      access: "operator",
      parameters: inQuery(LetterPage, {
        status: "Those of this status.",
        stage: "Those of this stage.",
        fingerprint: "Those of this cause.",
        job_id: "Those of this scan.",
        limit: "How many.",
        cursor: "The `next_cursor` of the page before.",
      }),
      answers: {
        200: json("A page.", Letters, {
          "one letter": {
            letters: [
              {
                ...known,
                id: `${jobId}:answer`,
                job_id: jobId,
                user_id: "kim",
                attempts: 3,
                redrives: 1,
                status: "parked",
                body: null,
                next_redrive_at: 1_795_348_800_000,
                redrive_id: null,
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

import { z } from "zod";
import {
  DeadLetter,
  DeadLetterGroup,
  DeadLetterPage,
  GroupQuery,
} from "../../src/dead-letters/dead-letter-list.ts";
import { json } from "../bodies.ts";
import { answers } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inQuery } from "../parameters.ts";
import { jobId } from "../../src/api/scan-examples.ts";

answers(
  "DeadLetter",
  DeadLetter,
  "A stage of a scan, a write or an event of a projection that did not go through, or a message that could not be read.",
  {
    source: "The stage, the queue or the projection.",
    fingerprint: "Dead letters of the same cause have the same one.",
    body: "The message as it arrived: of a write, and of one that could not be read.",
    cursor: "Where a projection's event is in the log.",
    first_seen_at: "Unix ms.",
    last_seen_at: "Unix ms.",
    next_redrive_at: "When it is redriven automatically, Unix ms; null: only by an operator.",
    redrive_id: "The operated redrive that took it last.",
  },
);
const DeadLetters = answers(
  "DeadLetters",
  z.object({ dead_letters: z.array(DeadLetter), next_cursor: z.string().nullable() }),
  "A page, the newest first; `next_cursor` is null after the last.",
);
answers(
  "DeadLetterGroup",
  DeadLetterGroup,
  "Dead letters of one cause; the message is that of one of them.",
  { first_seen_at: "Unix ms.", last_seen_at: "Unix ms." },
);
const Groups = answers(
  "DeadLetterGroups",
  z.object({ groups: z.array(DeadLetterGroup) }),
  "The most frequent first.",
);

/** A cause, as its dead letters are counted. */
export const fingerprint = "answer/MODEL_UNAVAILABLE/gpt-5.2/a5eb5bc1b194";
const known = {
  fingerprint,
  kind: "stage" as const,
  source: "answer",
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
      summary: "Dead letters by cause",
      access: "operator",
      parameters: inQuery(GroupQuery, {
        status: "Those of this status.",
        kind: "Those of this kind.",
        source: "Those of this stage, queue or projection.",
      }),
      answers: {
        200: json("The causes.", Groups, {
          "one cause": { groups: [{ ...known, dead_letters: 41, users: 38 }] },
        }),
      },
      problems: ["VALIDATION_ERROR"],
    }),
    operation("get", "/api/v1/ops/dead-letters", {
      id: "listDeadLetters",
      summary: "Dead letters one by one",
      access: "operator",
      parameters: inQuery(DeadLetterPage, {
        kind: "Those of this kind.",
        source: "Those of this stage, queue or projection.",
        status: "Those of this status.",
        fingerprint: "Those of this cause.",
        job_id: "Those of this scan.",
        limit: "How many.",
        cursor: "The `next_cursor` of the page before.",
      }),
      answers: {
        200: json("A page.", DeadLetters, {
          "one of a stage": {
            dead_letters: [
              {
                ...known,
                id: `${jobId}:answer`,
                job_id: jobId,
                user_id: "kim",
                attempts: 3,
                redrives: 1,
                status: "parked",
                body: null,
                cursor: null,
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

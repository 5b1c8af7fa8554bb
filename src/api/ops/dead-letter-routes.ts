import { z } from "zod";
import {
  DeadLetter,
  DeadLetterGroup,
  DeadLetterPage,
  groupDeadLetters,
  GroupQuery,
  listDeadLetters,
} from "../../dead-letters/dead-letter-list.ts";
import { defineRoute } from "../openapi/define-route.ts";
import { json } from "../openapi/response-bodies.ts";
import { router } from "../openapi/router.ts";
import { jobId } from "../scan-examples.ts";

const DeadLetters = z
  .object({ dead_letters: z.array(DeadLetter), next_cursor: z.string().nullable() })
  .meta({
    id: "DeadLetters",
    description: "A page, the newest first; `next_cursor` is null after the last.",
  });
const Groups = z
  .object({ groups: z.array(DeadLetterGroup) })
  .meta({ id: "DeadLetterGroups", description: "The most frequent first." });

/** A cause, as its dead letters are counted. */
export const cause = {
  fingerprint: "answer/MODEL_UNAVAILABLE/gpt-5.2/a5eb5bc1b194",
  kind: "stage" as const,
  source: "answer",
  error_code: "MODEL_UNAVAILABLE",
  error_message: "The model gpt-5.2 did not answer.",
  model: "gpt-5.2",
  regulation_version: "a5eb5bc1b194",
};
const seen = { first_seen_at: 1_795_347_267_263, last_seen_at: 1_795_347_867_000 };

const shared = { tag: "Ops: dead letters", access: "operator" } as const;

const listGroups = defineRoute({
  ...shared,
  method: "get",
  path: "/groups",
  operationId: "listDeadLetterGroups",
  summary: "Dead letters by cause",
  request: { query: GroupQuery },
  responses: {
    200: json("The causes.", Groups, {
      "one cause": { groups: [{ ...cause, ...seen, dead_letters: 41, users: 38 }] },
    }),
  },
});

const listPage = defineRoute({
  ...shared,
  method: "get",
  path: "/",
  operationId: "listDeadLetters",
  summary: "Dead letters one by one",
  request: { query: DeadLetterPage },
  responses: {
    200: json("A page.", DeadLetters, {
      "one of a stage": {
        dead_letters: [
          {
            ...cause,
            ...seen,
            id: `${jobId}:answer`,
            job_id: jobId,
            user_id: "kim",
            attempts: 4,
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
});

/** Dead letters of every kind: by cause, and one by one. */
export const deadLetters = router()
  .openapi(listGroups, async (c) =>
    c.json({ groups: await groupDeadLetters(c.env.DB, c.req.valid("query")) }, 200),
  )
  .openapi(listPage, async (c) =>
    c.json(await listDeadLetters(c.env.DB, c.req.valid("query")), 200),
  );

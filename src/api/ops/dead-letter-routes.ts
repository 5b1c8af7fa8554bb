import { z } from "zod";
import {
  DeadLetter,
  DeadLetterGroup,
  DeadLetterPage,
  groupDeadLetters,
  GroupQuery,
  listDeadLetters,
} from "../../dead-letters/dead-letter-list.ts";
import { defineRoute, router } from "../openapi/define-route.ts";
import { json, page } from "../openapi/response-bodies.ts";

const DeadLetters = page("DeadLetters", { dead_letters: z.array(DeadLetter) });
const Groups = z
  .object({ groups: z.array(DeadLetterGroup) })
  .meta({ id: "DeadLetterGroups", description: "The most frequent first." });

const shared = { tag: "Ops: dead letters", access: "operator" } as const;

const listGroups = defineRoute({
  ...shared,
  method: "get",
  path: "/groups",
  operationId: "listDeadLetterGroups",
  summary: "Dead letters by cause",
  request: { query: GroupQuery },
  responses: { 200: json("The causes.", Groups) },
});

const listPage = defineRoute({
  ...shared,
  method: "get",
  path: "/",
  operationId: "listDeadLetters",
  summary: "Dead letters one by one",
  request: { query: DeadLetterPage },
  responses: { 200: json("A page.", DeadLetters) },
});

/** Dead letters of every kind: by cause, and one by one. */
export const deadLetters = router()
  .openapi(listGroups, async (c) =>
    c.json({ groups: await groupDeadLetters(c.env.DB, c.req.valid("query")) }, 200),
  )
  .openapi(listPage, async (c) =>
    c.json(await listDeadLetters(c.env.DB, c.req.valid("query")), 200),
  );

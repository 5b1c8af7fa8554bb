import { z } from "zod";
import {
  DeadLetter,
  DeadLetterGroup,
  DeadLetterPage,
  groupDeadLetters,
  GroupQuery,
  listDeadLetters,
} from "../../dead-letters/dead-letter-list.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json, page } from "../openapi/response-bodies.ts";

const DeadLetters = page("DeadLetters", { dead_letters: z.array(DeadLetter) });
const Groups = body("DeadLetterGroups", "The most frequent first.", {
  groups: z.array(DeadLetterGroup),
});

const route = defineRoutes("Ops: dead letters", "operator");
const listGroups = route("get", "/groups", "listDeadLetterGroups", {
  summary: "Dead letters by cause",
  request: { query: GroupQuery },
  responses: { 200: json("The causes.", Groups) },
});

const listPage = route("get", "/", "listDeadLetters", {
  summary: "Dead letters one by one",
  request: { query: DeadLetterPage },
  responses: { 200: json("A page.", DeadLetters) },
});

export const deadLetters = router()
  .openapi(listGroups, async (c) =>
    c.json({ groups: await groupDeadLetters(c.env.DB, c.req.valid("query")) }, 200),
  )
  .openapi(listPage, async (c) =>
    c.json(await listDeadLetters(c.env.DB, c.req.valid("query")), 200),
  );

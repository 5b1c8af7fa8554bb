import { z } from "zod";
import { Revocation, RevocationKind } from "../../auth/revocation.ts";
import { listRevocations, revoke, RevocationPage, unrevoke } from "../../auth/revoke.ts";
import { By, Why } from "../../ops-audit.ts";
import { isoTime } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import {
  answerOf,
  empty,
  json,
  jsonBody,
  requestSchema,
  page,
} from "../openapi/response-bodies.ts";
import { inPath } from "../openapi/shared-parameters.ts";
import { Problem } from "../problem.ts";
import { readBody } from "../read-body.ts";
import { sendChanges } from "../send-changes.ts";
import { EndsAt, Operator, operatorBody } from "./operator-bodies.ts";

const RevocationRequest = requestSchema(
  "RevocationRequest",
  "A token by its `jti`, or all that a subject has so far.",
  {
    kind: RevocationKind.exclude(["session"]),
    value: z.string().min(1).max(255),
    until: EndsAt.describe("The revocation ends by itself then; without it, never."),
    by: By,
    why: Why,
  },
);

const RevocationView = Revocation.extend({
  revoked_at: isoTime,
  until: isoTime.nullable(),
}).meta({ id: "Revocation", description: "Tokens that are refused before they expire." });
const Revocations = page("Revocations", { revocations: z.array(RevocationView) });

const route = defineRoutes("Ops: revocations", "operator");
const addRevocation = route("post", "/", "revoke", {
  summary: "Revoke a token, or all tokens of a subject",
  requestBody: jsonBody(RevocationRequest, {
    "a subject": { kind: "subject", value: "user-1", by: "kim", why: "stolen phone" },
  }),
  responses: { 201: json("It is revoked.", RevocationView) },
});

const getRevocations = route("get", "/", "listRevocations", {
  summary: "What is revoked",
  request: { query: RevocationPage },
  responses: { 200: json("A page.", Revocations) },
});

const removeRevocation = route("delete", "/{kind}/{value}", "unrevoke", {
  summary: "Take a revocation back",
  parameters: [
    inPath("kind", "Its `kind`.", "jti"),
    inPath("value", "Its `value`.", "1f6b2f6e-6a0f-4d1b-9a55-6a2f7f0a9c11"),
  ],
  requestBody: operatorBody,
  responses: { 204: empty("It is taken back.") },
  problems: ["REVOCATION_NOT_FOUND"],
});

export const revocations = router()
  .openapi(addRevocation, async (c) => {
    const { until = null, ...order } = await readBody(c, RevocationRequest);
    const revocation = await revoke(c.env.DB, { ...order, until, revoked_at: Date.now() });
    sendChanges(c);
    return c.json(answerOf(RevocationView, revocation), 201);
  })

  .openapi(getRevocations, async (c) => {
    const page = await listRevocations(c.env.DB, c.req.valid("query"), Date.now());
    return c.json(answerOf(Revocations, page), 200);
  })

  .openapi(removeRevocation, async (c) => {
    const { kind, value } = c.req.param();
    const { by } = await readBody(c, Operator);
    if (!(await unrevoke(c.env.DB, { kind, value, by }))) {
      throw new Problem("REVOCATION_NOT_FOUND", "Nothing of this kind and value is revoked.");
    }
    sendChanges(c);
    return c.body(null, 204);
  });

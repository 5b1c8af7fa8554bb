import { z } from "zod";
import { Order, Undo } from "../../src/api/ops/revocation-routes.ts";
import { Revocation, RevocationKind } from "../../src/auth/revocation.ts";
import { RevocationPage } from "../../src/auth/revoke.ts";
import { empty, json, jsonBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inPath, inQuery } from "../parameters.ts";
import { badBody } from "./problems.ts";

const time = z.iso.datetime();

const RevocationOrder = sends(
  "RevocationOrder",
  Order,
  "A token by its `jti`, or all that a subject has so far.",
  { until: "It ends by itself then; without it, never." },
);
const RevocationUndo = sends("RevocationUndo", Undo, "Who takes it back.");
const View = answers(
  "Revocation",
  z.object({ ...Revocation.shape, revoked_at: time, until: time.nullable() }),
  "Tokens that are refused before they run out.",
);
const Revocations = answers(
  "Revocations",
  z.object({ revocations: z.array(View), next_cursor: z.string().nullable() }),
  "A page, the newest first; `next_cursor` is null after the last.",
);

const revoked = {
  kind: "jti" as const,
  value: "1f6b2f6e-6a0f-4d1b-9a55-6a2f7f0a9c11",
  by: "kim",
  why: "stolen phone",
  revoked_at: "2026-11-22T11:34:42.736Z",
  until: null,
};

export const revocations: Resource = {
  tag: "Ops: revocations",
  description: "Who is locked out. Every isolate knows within 30 seconds.",
  operations: [
    operation("post", "/api/v1/ops/revocations", {
      id: "revoke",
      summary: "Lock a token or a subject out",
      access: "operator",
      body: jsonBody(RevocationOrder, {
        "a subject": { kind: "subject", value: "user-1", by: "kim", why: "stolen phone" },
      }),
      answers: { 201: json("It is revoked.", View, { "a token": revoked }) },
      problems: badBody,
    }),
    operation("get", "/api/v1/ops/revocations", {
      id: "listRevocations",
      summary: "What is revoked",
      access: "operator",
      parameters: inQuery(RevocationPage, {
        kind: "Those of this kind.",
        value: "Those of this value.",
        limit: "How many.",
        cursor: "The `next_cursor` of the page before.",
      }),
      answers: {
        200: json("A page.", Revocations, {
          "one revocation": { revocations: [revoked], next_cursor: null },
        }),
      },
      problems: ["VALIDATION_ERROR"],
    }),
    operation("delete", "/api/v1/ops/revocations/:kind/:value", {
      id: "unrevoke",
      summary: "Take a revocation back",
      access: "operator",
      parameters: [
        inPath("kind", RevocationKind, "Its `kind`.", "jti"),
        inPath("value", z.string(), "Its `value`.", revoked.value),
      ],
      body: jsonBody(RevocationUndo, { "by kim": { by: "kim" } }),
      answers: { 204: empty("It is taken back.") },
      problems: [...badBody, "REVOCATION_NOT_FOUND"],
    }),
  ],
};

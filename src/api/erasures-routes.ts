import { z } from "zod";
import { beyondErasure, BeyondErasure } from "../erasure/beyond-erasure.ts";
import { readReceipt, Removed } from "../erasure/erasure-receipts.ts";
import { startErasure } from "../objects.ts";
import { iso } from "../platform/iso.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json } from "./openapi/response-bodies.ts";
import { inPath } from "./openapi/shared-parameters.ts";
import { found } from "./problem.ts";
import { requireUser, type UserEnv } from "./user.ts";

const Id = z.uuid();

const Begun = body("ErasureBegun", "An erasure that has begun.", {
  id: z.string(),
  status: z.literal("running"),
  receipt_url: z.string(),
});

const Receipt = body("ErasureReceipt", "What was removed of a user.", {
  id: z.string(),
  status: z.enum(["running", "done"]),
  removed: Removed.describe("How many items were removed, by step."),
  not_reached: z
    .array(BeyondErasure)
    .describe("What an erasure cannot reach, with a sentence for the resident."),
  requested_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});

const route = defineRoutes("Erasure", "user");

const eraseUser = route("delete", "/me", "eraseUser", {
  summary: "Erase the user who asks",
  description: "Everything of theirs: scans, photos, profile, characters and history.",
  responses: { 202: json("It has begun.", Begun, ["Location"]) },
});

const getErasure = route("get", "/me/erasures/{id}", "getErasure", {
  summary: "The receipt of an erasure of one's own",
  parameters: [
    inPath("id", "The erasure's `id`.", "2c2099d5-8837-4289-bb0f-00ac831ef31e", {
      type: "string",
      format: "uuid",
    }),
  ],
  responses: { 200: json("The receipt.", Receipt) },
  problems: ["NOT_FOUND"],
});

export const erasures = router<UserEnv>(requireUser)
  .openapi(eraseUser, async (c) => {
    const userId = c.get("userId");
    const id = await startErasure(c.env, userId);
    const receipt_url = `/api/v1/users/me/erasures/${id}`;
    return c.json({ id, status: "running" as const, receipt_url }, 202, { location: receipt_url });
  })

  .openapi(getErasure, async (c) => {
    const id = Id.safeParse(c.req.param("id"));
    const receipt = id.success ? await readReceipt(c.env.DB, id.data, c.get("userId")) : null;
    const { requested_at, ended_at, ...rest } = found(
      receipt,
      "NOT_FOUND",
      "No erasure of yours has this id.",
    );
    const times = { requested_at: iso(requested_at), ended_at: iso(ended_at) };
    return c.json({ ...rest, not_reached: beyondErasure, ...times }, 200);
  });

import { z } from "zod";
import { Removed } from "../src/erasure/erasure-receipts.ts";
import { json } from "./bodies.ts";
import { answers } from "./named-schemas.ts";
import { operation, type Resource } from "./operation.ts";
import { inPath } from "./parameters.ts";

const time = z.iso.datetime();
const id = "2c2099d5-8837-4289-bb0f-00ac831ef31e";

const Begun = answers(
  "ErasureBegun",
  z.object({ id: z.string(), status: z.literal("running"), receipt_url: z.string() }),
  "A user is forgotten from now on.",
);
const Receipt = answers(
  "ErasureReceipt",
  z.object({
    id: z.string(),
    status: z.enum(["running", "done"]),
    removed: Removed.meta({ description: "How much was removed, by what it was." }),
    requested_at: time,
    ended_at: time.nullable(),
  }),
  "What was removed of a user.",
);

export const erasures: Resource = {
  tag: "Erasure",
  description: "A user's right to be forgotten: asked for, carried out, and proven by a receipt.",
  operations: [
    operation("delete", "/api/v1/users/me", {
      id: "eraseUser",
      summary: "Forget the user who asks",
      description: "Everything of theirs: scans, photos, profile, characters and history.",
      access: "user",
      answers: {
        202: json(
          "It has begun.",
          Begun,
          { begun: { id, status: "running", receipt_url: `/api/v1/users/me/erasures/${id}` } },
          ["Location"],
        ),
      },
    }),
    operation("get", "/api/v1/users/me/erasures/:id", {
      id: "getErasure",
      summary: "The receipt of an erasure of one's own",
      access: "user",
      parameters: [inPath("id", z.uuid(), "The erasure's `id`.", id)],
      answers: {
        200: json("The receipt.", Receipt, {
          done: {
            id,
            status: "done",
            removed: { scans: 3, account: 1, photos: 2, characters: 2, profile: 1, history: 3 },
            requested_at: "2026-11-22T11:40:02.112Z",
            ended_at: "2026-11-22T11:40:03.408Z",
          },
        }),
      },
      problems: ["NOT_FOUND"],
    }),
  ],
};

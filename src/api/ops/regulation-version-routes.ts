import { z } from "zod";
import { publishedVersions } from "../../regulations/published-versions.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json } from "../openapi/response-bodies.ts";

const version = {
  version: z.string(),
  whole: z.boolean().describe("Whether all of it is there."),
  documents: z.int(),
  municipalities: z.int(),
};
const differs = z
  .array(z.string())
  .nullable()
  .describe("Documents and regions that are not the same; null: not known.");

const Versions = body(
  "RegulationVersions",
  "Versions of the regulations that were published, in no order.",
  {
    active: z.object(version).nullable().describe("The one that is in use."),
    others: z.array(z.object({ ...version, differs })),
    complete: z.boolean().describe("Whether these are all of them."),
  },
);

const route = defineRoutes("Ops: regulations", "operator");

const listRegulationVersions = route("get", "/", "listRegulationVersions", {
  summary: "The version in use, and what others would change",
  responses: { 200: json("The versions.", Versions) },
});

export const regulationVersions = router().openapi(listRegulationVersions, async (c) =>
  c.json(await publishedVersions(c.env.REGULATIONS), 200),
);

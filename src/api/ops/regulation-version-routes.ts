import { z } from "zod";
import { publishedVersions } from "../../regulations/published-versions.ts";
import { defineRoute, router } from "../openapi/define-route.ts";
import { json } from "../openapi/response-bodies.ts";

const version = {
  version: z.string(),
  whole: z.boolean().meta({ description: "Whether all of it is there." }),
  documents: z.int(),
  municipalities: z.int(),
};
const differs = z
  .array(z.string())
  .nullable()
  .meta({ description: "Documents and regions that are not the same; null: not known." });

const Versions = z
  .object({
    active: z.object(version).nullable().meta({ description: "The one that is in use." }),
    others: z.array(z.object({ ...version, differs })),
    complete: z.boolean().meta({ description: "Whether these are all of them." }),
  })
  .meta({
    id: "RegulationVersions",
    description: "Versions of the regulations that were published, in no order.",
  });

const listRegulationVersions = defineRoute({
  method: "get",
  path: "/",
  operationId: "listRegulationVersions",
  summary: "The version in use, and what others would change",
  tag: "Ops: regulations",
  access: "operator",
  responses: { 200: json("The versions.", Versions) },
});

export const regulationVersions = router().openapi(listRegulationVersions, async (c) =>
  c.json(await publishedVersions(c.env.REGULATIONS), 200),
);

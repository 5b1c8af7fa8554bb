import { z } from "zod";
import { json } from "../bodies.ts";
import { answers } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";

const version = {
  version: z.string(),
  whole: z.boolean().meta({ description: "Whether all of it is there." }),
  documents: z.int(),
  municipalities: z.int(),
};
const Versions = answers(
  "RegulationVersions",
  z.object({
    active: z.object(version).nullable().meta({ description: "The one that is in use." }),
    others: z.array(
      z.object({
        ...version,
        differs: z
          .array(z.string())
          .nullable()
          .meta({ description: "Documents and regions that are not the same; null: not known." }),
      }),
    ),
    complete: z.boolean().meta({ description: "Whether these are all of them." }),
  }),
  "Versions of the regulations that were published, in no order.",
);

export const publishedRegulations: Resource = {
  tag: "Ops: regulations",
  description: "Which versions of the regulations are there.",
  operations: [
    operation("get", "/api/v1/ops/regulations", {
      id: "listRegulationVersions",
      summary: "The version in use, and what others would change",
      access: "operator",
      answers: {
        200: json("The versions.", Versions, {
          "two versions": {
            active: { version: "a5eb5bc1b194", whole: true, documents: 18, municipalities: 8 },
            others: [
              {
                version: "4f3ad02c11e9",
                whole: true,
                documents: 18,
                municipalities: 7,
                differs: ["제주특별자치도"],
              },
            ],
            complete: true,
          },
        }),
      },
    }),
  ],
};

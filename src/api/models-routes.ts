import { z } from "zod";
import { adaptersOf } from "../adapters.ts";
import { whyReplaced } from "../models/retirement.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json } from "./openapi/response-bodies.ts";

const usd = z.number();

const Models = body("Models", "The models that are configured; never how.", {
  default: z.string().describe("The model of a scan that names none."),
  fallbacks: z
    .array(z.string())
    .describe("Asked in this order when the model of a scan cannot answer."),
  models: z.array(
    z.object({
      name: z.string(),
      provider: z.string(),
      vision: z.boolean().describe("Whether it sees photos."),
      photo_types: z.array(z.string()).describe("Media types of the photos that it takes."),
      max_output_tokens: z
        .int()
        .nullable()
        .describe("The largest reply that its provider documents."),
      retires_on: z
        .string()
        .nullable()
        .describe("The first day (UTC) on which its provider does not serve it."),
      successor: z.string().nullable().describe("What answers once this model is not served."),
      replaced: z
        .string()
        .nullable()
        .describe("Why the successor answers now; null while the model does."),
      price: z.object({
        input_usd_per_million_tokens: usd,
        output_usd_per_million_tokens: usd,
        as_of: z.string(),
        source: z.string().nullable().describe("Where the prices are from."),
      }),
    }),
  ),
});

const route = defineRoutes("Models", "anybody");

const listModels = route("get", "/", "listModels", {
  summary: "The models that are configured, with their prices",
  responses: { 200: json("The models.", Models) },
});

export const models = router().openapi(listModels, (c) => {
  const { supported, defaultModel, fallbacks } = adaptersOf(c.env).models;
  return c.json(
    {
      default: defaultModel,
      fallbacks: [...fallbacks],
      models: supported.map((row) => ({
        name: row.name,
        provider: row.provider,
        vision: row.vision,
        photo_types: row.photo_types,
        max_output_tokens: row.max_output_tokens,
        retires_on: row.retires_on,
        successor: row.successor,
        replaced: whyReplaced(row, Date.now())?.message ?? null,
        price: {
          input_usd_per_million_tokens: row.input_usd,
          output_usd_per_million_tokens: row.output_usd,
          as_of: row.priced,
          source: row.source,
        },
      })),
    },
    200,
  );
});

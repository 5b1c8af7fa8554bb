import { z } from "zod";
import { adaptersOf } from "../adapters.ts";
import { pricedAt, providers } from "../models/catalog.ts";
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
      models: supported.map(({ name, provider, vision, input_usd, output_usd }) => ({
        name,
        provider,
        vision,
        price: {
          input_usd_per_million_tokens: input_usd,
          output_usd_per_million_tokens: output_usd,
          as_of: pricedAt,
          source: providers.find((it) => it.name === provider)?.source ?? null,
        },
      })),
    },
    200,
  );
});

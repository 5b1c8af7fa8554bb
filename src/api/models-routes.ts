import { z } from "zod";
import { adaptersOf } from "../adapters.ts";
import { pricedAt, providers } from "../models/catalog.ts";
import { defineRoute, router } from "./openapi/define-route.ts";
import { json } from "./openapi/response-bodies.ts";

const usd = z.number();

const Models = z
  .object({
    default: z.string().meta({ description: "The model of a scan that names none." }),
    fallbacks: z
      .array(z.string())
      .meta({ description: "Asked in this order when the model of a scan cannot answer." }),
    models: z.array(
      z.object({
        name: z.string(),
        provider: z.string(),
        vision: z.boolean().meta({ description: "Whether it sees photos." }),
        price: z.object({
          input_usd_per_million_tokens: usd,
          output_usd_per_million_tokens: usd,
          as_of: z.string(),
          source: z.string().nullable().meta({ description: "Where the prices are from." }),
        }),
      }),
    ),
  })
  .meta({ id: "Models", description: "The models that are configured; never how." });

const listModels = defineRoute({
  method: "get",
  path: "/",
  operationId: "listModels",
  summary: "The models that are configured, with their prices",
  tag: "Models",
  access: "anybody",
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

import { z } from "zod";
import { json } from "./bodies.ts";
import { answers } from "./components.ts";
import { operation, type Resource } from "./operation.ts";

const Models = answers(
  "Models",
  z.object({
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
          input_usd_per_million_tokens: z.number(),
          output_usd_per_million_tokens: z.number(),
          as_of: z.string(),
          source: z.string().nullable().meta({ description: "Where the prices are from." }),
        }),
      }),
    ),
  }),
  "The models that are configured; never how.",
);

export const models: Resource = {
  tag: "Models",
  description: "What a scan can be answered by.",
  operations: [
    operation("get", "/api/v1/models", {
      id: "listModels",
      summary: "The models that are configured, with their prices",
      access: "anybody",
      answers: {
        200: json("The models.", Models, {
          "two models": {
            default: "gpt-5.2",
            fallbacks: ["offline"],
            models: [
              {
                name: "gpt-5.2",
                provider: "openai",
                vision: true,
                price: {
                  input_usd_per_million_tokens: 1.75,
                  output_usd_per_million_tokens: 14,
                  as_of: "2026-11-22",
                  source: "https://platform.openai.com/docs/pricing",
                },
              },
              {
                name: "offline",
                provider: "offline",
                vision: false,
                price: {
                  input_usd_per_million_tokens: 0,
                  output_usd_per_million_tokens: 0,
                  as_of: "2026-11-22",
                  source: null,
                },
              },
            ],
          },
        }),
      },
    }),
  ],
};

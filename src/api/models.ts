import { Hono } from "hono";
import { adaptersOf } from "../adapters.ts";
import { pricedAt, providers } from "../models/catalog.ts";

/** The models that are configured, for anybody; never how. */
export const models = new Hono<{ Bindings: Env }>().get("/", (c) => {
  const { supported, defaultModel, fallbacks } = adaptersOf(c.env).models;
  return c.json({
    default: defaultModel,
    /** Asked in this order when the model of a scan cannot answer. */
    fallbacks,
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
  });
});

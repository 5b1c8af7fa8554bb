import { z } from "zod";
import catalog from "./catalog.json";

/** Settings and secrets of the Worker that a provider may name. */
export const Setting = z.enum([
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "GEMINI_API_KEY",
  "GEMINI_BASE_URL",
  "WORKERS_AI_API_KEY",
  "WORKERS_AI_BASE_URL",
] as const satisfies readonly (keyof Env)[]);

/** Who serves models over OpenAI's protocol. */
const ProviderRow = z.strictObject({
  name: z.string(),
  /** May name `{CLOUDFLARE_ACCOUNT_ID}`. */
  base_url: z.string(),
  /** Where AI Gateway serves the same, under the gateway's own address. */
  gateway_path: z.string(),
  key: Setting,
  /** Names what replaces `base_url`. */
  base_url_setting: Setting,
  /** Where the prices are from. */
  source: z.url(),
});
export type ProviderRow = z.infer<typeof ProviderRow>;

/** One model that a scan can name. Prices are US dollars for a million tokens. */
const ModelRow = z.strictObject({
  name: z.string(),
  /** What the provider calls it, when that is something else. */
  id: z.string().optional(),
  /** `offline` needs no key and no network. */
  provider: z.string(),
  /** Whether it sees photos. */
  vision: z.boolean(),
  input_usd: z.number().nonnegative(),
  output_usd: z.number().nonnegative(),
});
export type ModelRow = z.infer<typeof ModelRow>;

/** The models by name; adding one is adding a row to `catalog.json`. Throws when the table is wrong. */
export const {
  priced: pricedAt,
  providers,
  models,
} = z
  .strictObject({
    priced: z.iso.date(),
    providers: z.array(ProviderRow),
    models: z.array(ModelRow),
  })
  .refine(
    (it) =>
      it.models.every(({ provider }) =>
        [...it.providers.map(({ name }) => name), "offline"].includes(provider),
      ),
    { path: ["models"], message: "names a provider that does not exist" },
  )
  .refine((it) => new Set(it.models.map(({ name }) => name)).size === it.models.length, {
    path: ["models"],
    message: "has two rows of one name",
  })
  .parse(catalog);

import { z } from "zod";
import catalog from "./catalog.json" with { type: "json" };

/** Settings and secrets of the Worker that a provider may name. */
export const Setting = z.enum([
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "GEMINI_API_KEY",
  "GEMINI_BASE_URL",
  "WORKERS_AI_API_KEY",
  "WORKERS_AI_BASE_URL",
] as const satisfies readonly (keyof Env)[]);

/** What a model can do. A provider has the values of its models, and a model may have others. */
const Capabilities = z.object({
  /** Whether it sees photos. */
  vision: z.boolean(),
  /** Media types of the photos that it takes. */
  photo_types: z.array(z.string()),
  /** Whether a photo is sent inline, because the provider fetches no address. */
  photos_inline: z.boolean(),
  /** Whether a reply that follows a JSON schema can be streamed. */
  streams_schema: z.boolean(),
});

/** Who serves models over OpenAI's protocol. */
const HostedProvider = z.strictObject({
  name: z.string(),
  /** May name `{CLOUDFLARE_ACCOUNT_ID}`. */
  base_url: z.string(),
  /** Where AI Gateway serves the same, under the gateway's own address. */
  gateway_path: z.string(),
  key: Setting,
  /** Names what replaces `base_url`. */
  base_url_setting: Setting,
  /** Its binding, which is called where neither a key nor an address is set. */
  binding: z.literal("AI").optional(),
  /** Where the prices are from. */
  source: z.url(),
  models: Capabilities,
});
export type HostedProvider = z.infer<typeof HostedProvider>;

/** `offline` needs no key and no network. */
const OfflineProvider = z.strictObject({
  name: z.literal("offline"),
  source: z.null(),
  models: Capabilities,
});

/** One model that a scan can name. Prices are US dollars for a million tokens. */
const ModelRow = z.strictObject({
  ...Capabilities.partial().shape,
  name: z.string(),
  /** What the provider calls it, when that is something else. */
  id: z.string().optional(),
  provider: z.string(),
  input_usd: z.number().nonnegative(),
  output_usd: z.number().nonnegative(),
  /** When the price was read; the catalog's date when it is missing. */
  priced: z.iso.date().optional(),
  /** The largest reply that the provider documents; null when it documents none. */
  max_output_tokens: z.int().positive().nullable(),
  /** Sent with every call. */
  parameters: z.record(z.string(), z.json()).default({}),
  /** Why it cannot be called here, though the provider has it. */
  unsupported: z.string().nullable().default(null),
  /** The first day (UTC) on which the provider does not serve it. */
  retires_on: z.iso.date().nullable().default(null),
  /** The model that answers instead, once this one is retired or when it is unsupported. */
  successor: z.string().nullable().default(null),
});

const Catalog = z
  .strictObject({
    priced: z.iso.date(),
    providers: z.array(z.union([HostedProvider, OfflineProvider])),
    models: z.array(ModelRow),
  })
  .transform(({ priced, providers, models }, context) => ({
    providers,
    models: models.map((row) => {
      const provider = providers.find(({ name }) => name === row.provider);
      const error = rowError(row, models, provider !== undefined);
      if (error || !provider) {
        context.addIssue({ code: "custom", path: ["models", row.name], message: error ?? "" });
        return z.NEVER;
      }
      const capabilities = Capabilities.parse({ ...provider.models, ...row });
      return { ...row, ...capabilities, priced: row.priced ?? priced, source: provider.source };
    }),
  }));

/** Why a row is wrong; null when it is right. */
function rowError(
  { name, provider, successor, retires_on, unsupported }: z.infer<typeof ModelRow>,
  models: readonly z.infer<typeof ModelRow>[],
  hasProvider: boolean,
): string | null {
  if (!hasProvider) return `names the provider ${provider}, which does not exist`;
  if (models.filter((it) => it.name === name).length > 1) return "has two rows";
  if (!successor) return retires_on || unsupported ? "has no successor" : null;
  const next = models.find((it) => it.name === successor);
  const lives = next && !next.retires_on && !next.unsupported && next.provider === provider;
  return lives
    ? null
    : `has the successor ${successor}, which its provider does not serve for good`;
}

/** The models by name. Adding one is adding a row to `catalog.json`. Throws when the table is wrong. */
export const parseCatalog = (table: unknown): z.output<typeof Catalog> => Catalog.parse(table);

const parsed = parseCatalog(catalog);
export const { models } = parsed;
export type ModelRow = (typeof models)[number];
export const providers = parsed.providers.filter((it): it is HostedProvider => "key" in it);

/** The provider of a model; null for one that the catalog does not have. */
export const providerOf = (model: string): string | null =>
  models.find(({ name }) => name === model)?.provider ?? null;

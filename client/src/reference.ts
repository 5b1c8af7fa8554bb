import type { Connection } from "./connection.ts";
import type { RequestOptions } from "./options.ts";
import type { Category, Character, FoundItems, Models, Regulation, Regulations } from "./wire.ts";

export interface RegulationOptions extends RequestOptions {
  /** Whose local rules are wanted besides. */
  region?: string | undefined;
}

/** What is the same for everybody. */
export function reference({ read }: Connection) {
  return {
    /** The models that are configured. */
    models: (options?: RequestOptions): Promise<Models> => read("/api/v1/models", options),

    /** The rule documents, and the regions whose local rules are known. */
    regulations: (options?: RequestOptions): Promise<Regulations> =>
      read("/api/v1/regulations", options),

    regulation: (
      key: string,
      { region, ...options }: RegulationOptions = {},
    ): Promise<Regulation> =>
      read(`/api/v1/regulations/${encodeURIComponent(key)}`, { ...options, query: { region } }),

    /** Items by what people call them. */
    searchRegulations: (words: string, options?: RequestOptions): Promise<FoundItems> =>
      read("/api/v1/regulations/search", { ...options, query: { q: words } }),

    categories: (options?: RequestOptions): Promise<Category[]> =>
      read("/api/v1/scan/categories", options),

    /** The characters that can be collected. */
    catalog: (options?: RequestOptions): Promise<Character[]> =>
      read("/api/v1/character/catalog", options),
  };
}

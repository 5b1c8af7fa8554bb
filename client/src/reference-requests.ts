import type { Connection } from "./connection.ts";
import type { RequestOptions } from "./options.ts";
import type { Category, Character, FoundItems, Models, Regulation, Regulations } from "./wire.ts";

export interface RegulationOptions extends RequestOptions {
  /** Adds the local rules of a region. */
  region?: string | undefined;
}

/** Data that is the same for every user. */
export function referenceRequests({ requestJson }: Connection) {
  return {
    /** The configured models. */
    models: (options?: RequestOptions): Promise<Models> => requestJson("/api/v1/models", options),

    /** The regulation documents, and the regions with local rules. */
    regulations: (options?: RequestOptions): Promise<Regulations> =>
      requestJson("/api/v1/regulations", options),

    regulation: (
      key: string,
      { region, ...options }: RegulationOptions = {},
    ): Promise<Regulation> =>
      requestJson(`/api/v1/regulations/${encodeURIComponent(key)}`, {
        ...options,
        query: { region },
      }),

    /** Items by their everyday names. */
    searchRegulations: (words: string, options?: RequestOptions): Promise<FoundItems> =>
      requestJson("/api/v1/regulations/search", { ...options, query: { q: words } }),

    categories: (options?: RequestOptions): Promise<Category[]> =>
      requestJson("/api/v1/scan/categories", options),

    /** The characters that users can collect. */
    catalog: (options?: RequestOptions): Promise<Character[]> =>
      requestJson("/api/v1/character/catalog", options),
  };
}

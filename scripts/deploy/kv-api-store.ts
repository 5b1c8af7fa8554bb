import { z } from "zod";
import type { RegulationStore } from "../../regulations/publish.ts";
import type { Api } from "../provision/cloudflare-api.ts";
import { CommandError } from "../provision/exit-codes.ts";

/** As many keys as the API reads at once. */
const bulk = 100;

const Values = z.looseObject({ values: z.record(z.string(), z.string().nullable()) });
const Written = z.looseObject({ unsuccessful_keys: z.array(z.string()).default([]) }).nullish();

/** Production's KV namespace of regulations, through Cloudflare's API. */
export function kvApiStore(api: Api, namespaceId: string): RegulationStore {
  const namespace = `/storage/kv/namespaces/${namespaceId}`;
  return {
    text: (key) => api.text(`${namespace}/values/${encodeURIComponent(key)}`),

    async jsons(keys) {
      const read = new Map<string, unknown>();
      for (let from = 0; from < keys.length; from += bulk) {
        const body = { keys: keys.slice(from, from + bulk), type: "text" };
        const { values } = await api.request(`${namespace}/bulk/get`, Values, {
          method: "POST",
          body,
        });
        for (const key of body.keys) {
          const value = values[key] ?? null;
          read.set(key, value === null ? null : JSON.parse(value));
        }
      }
      return read;
    },

    async put(entries) {
      const body = entries.map(({ key, value }) => ({ key, value }));
      const written = await api.request(`${namespace}/bulk`, Written, { method: "PUT", body });
      const left = written?.unsuccessful_keys ?? [];
      if (left.length > 0) throw new CommandError("failed", `KV did not take ${left.join(", ")}.`);
    },
  };
}

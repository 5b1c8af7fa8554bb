import type { JsonSchema } from "./json-schemas.ts";

type Named = Readonly<Record<string, JsonSchema>>;

const jobId = "7e9708bd-b804-44fa-87da-223c20f30e0d";
const photo = "scan/26ae784d194a5760464348329af4eb9f/fc07a2d9-79e9-443a-95d9-9a3637af1fa0";

/** Values of members whose schemas say less than their names. */
const byName: Readonly<Record<string, string | number>> = {
  job_id: jobId,
  user_id: "kim",
  id: jobId,
  by: "kim",
  why: "the provider is back",
  reason: "점검",
  model: "offline",
  region: "서울특별시 강남구",
  traceparent: "00-419f19cc11690c46645b33d8dba66a67-8667632161b22ff2-01",
  version: "a5eb5bc1b194",
  regulation_version: "a5eb5bc1b194",
  fingerprint: "answer/MODEL_UNAVAILABLE/gpt-5.2/a5eb5bc1b194",
  error_code: "MODEL_UNAVAILABLE",
  key: photo,
  match: "무색페트병",
  middle: "무색페트병",
  provider: "openai",
  default: "offline",
  fallbacks: "offline",
  name: "무색페트병",
  steps: "내용물을 깨끗이 비워 주세요.",
};

const byFormat: Readonly<Record<string, string>> = {
  "date-time": "2026-11-22T11:34:27.263Z",
  date: "2026-11-22",
  uuid: jobId,
  uri: "https://example.com/",
};

/** A value of a schema, for a body that has no example of its own. */
export function sampleValue(schema: JsonSchema | boolean, named: Named, name = ""): unknown {
  if (typeof schema === "boolean") return null;
  const of = (it: JsonSchema | boolean = true, its = name) => sampleValue(it, named, its);
  const { $ref, anyOf, oneOf, properties = {}, items } = schema;
  if ($ref !== undefined) return of(named[$ref.split("/").at(-1) ?? ""] ?? false);
  if (schema.const !== undefined) return schema.const;
  const listed = schema.examples?.[0] ?? schema.enum?.[0] ?? schema.default;
  if (listed !== undefined) return listed;
  const [option] = anyOf ?? oneOf ?? [];
  if (option !== undefined) return of(option);
  const values: Record<string, () => unknown> = {
    object: () =>
      Object.fromEntries(
        Object.entries(properties).map(([member, its]) => [member, of(its, member)]),
      ),
    array: () => (Array.isArray(items) ? [] : [of(items)]),
    string: () => byFormat[schema.format ?? ""] ?? byName[name] ?? name,
    number: () => Math.max(schema.minimum ?? 1, Math.min(1, schema.maximum ?? 1)),
    boolean: () => true,
  };
  const [type = "null"] = [schema.type].flat();
  return values[type === "integer" ? "number" : type]?.() ?? null;
}

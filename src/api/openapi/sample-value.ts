import type { JsonSchema } from "./json-schemas.ts";

type Named = Readonly<Record<string, JsonSchema>>;

const jobId = "7e9708bd-b804-44fa-87da-223c20f30e0d";
const socket = `/api/v1/scan/${jobId}/ws?token=eyJhbGciOiJIUzI1NiJ9`;
const photo = "scan/26ae784d194a5760464348329af4eb9f/fc07a2d9-79e9-443a-95d9-9a3637af1fa0";

/** Values of members by their names, or by their owners and their names. */
const byName: Readonly<Record<string, string | number>> = {
  id: jobId,
  job_id: jobId,
  task_id: jobId,
  user_id: "kim",
  by: "kim",
  why: "the provider is back",
  reason: "점검",
  model: "offline",
  default: "offline",
  fallbacks: "offline",
  supported_models: "offline",
  photo_types: "image/jpeg",
  provider: "openai",
  region: "서울특별시 강남구",
  traceparent: "00-419f19cc11690c46645b33d8dba66a67-8667632161b22ff2-01",
  version: "a5eb5bc1b194",
  regulation_version: "a5eb5bc1b194",
  fingerprint: "answer/MODEL_UNAVAILABLE/offline/a5eb5bc1b194",
  error_code: "MODEL_UNAVAILABLE",
  error_message: "The model did not answer.",
  key: photo,
  match: "대표 캐릭터",
  middle: "무색페트병",
  name: "무색페트병",
  steps: "내용물을 깨끗이 비워 주세요.",
  source: "answer",
  target: "answer",
  action: "stage.pause",
  ws_url: socket,
  url: "https://shop.example.com/hooks/eco2",
  type: "기본",
  dialog: "안녕! 나는 이코야. 오늘도 같이 지구를 지켜 보자!",
  differs: "재활용폐기물_무색페트병",
  rule: "backlog",
  message: "The model did not answer.",
  code: "char-eco",
  "queues.name": "scan-vision",
  "dead_letter_queue.name": "dlq-scan-vision",
  "characters.name": "이코",
  "CharacterChange.name": "이코",
  "CharacterChanged.name": "이코",
  "PendingResult.message": "분석하고 있어요.",
  "projections.name": "daily-statistics",
  "Projection.name": "daily-statistics",
  "filter.code": "MODEL_UNAVAILABLE",
  "Revocation.value": "user-1",
  "revocations.value": "user-1",
  "errors.path": "by",
  "errors.message": "Invalid input: expected string, received undefined",
  "price.source": "https://openai.com/api/pricing/",
  first: "events/2026/10/01/00.ndjson",
  missing: "events/2026/10/01/00.ndjson",
  last: "events/2026/10/01/00.ndjson",
  value: 1_204,
  threshold: 1_000,
  messages: 1_204,
  first_seen_at: 1_795_347_267_263,
  last_seen_at: 1_795_347_867_000,
  next_redrive_at: 1_795_348_800_000,
  at: 1_795_347_279_466,
  progress: 50,
  last_status: 204,
};

/** Members that are null in an example, where they may be. */
const usuallyNull =
  /^(body|cursor|error|last_error|outcome|until|next_cursor|redrive_id|ended_at|resolved_at|resolved_delivered_at)$/;

const byFormat: Readonly<Record<string, string>> = {
  "date-time": "2026-11-22T11:34:27.263Z",
  date: "2026-11-22",
  uuid: jobId,
  uri: "https://example.com/",
};

/** A value of a schema, for a body that has no example of its own. */
export function sampleValue(
  schema: JsonSchema | boolean,
  named: Named,
  name = "",
  owner = "",
): unknown {
  if (typeof schema === "boolean") return null;
  const of = (it: JsonSchema | boolean = true, its = name, whose = owner) =>
    sampleValue(it, named, its, whose);
  const { $ref, anyOf, oneOf, properties = {}, items } = schema;
  const id = $ref?.split("/").at(-1);
  if (id !== undefined) return of(named[id], name || id);
  if (schema.const !== undefined) return schema.const;
  const listed = schema.examples?.[0] ?? schema.enum?.[0] ?? schema.default;
  if (listed !== undefined) return listed;
  const key = [`${owner}.${name}`, name].find((it) => it in byName);
  const known = key === undefined ? undefined : byName[key];
  const options = anyOf ?? oneOf ?? [];
  const types = [schema, ...options].flatMap(({ type = [] }) => type);
  if (usuallyNull.test(name) && types.includes("null")) return null;
  if (options[0] !== undefined) return of(options[0]);
  const values: Record<string, () => unknown> = {
    object: () =>
      Object.fromEntries(
        Object.entries(properties).map(([member, its]) => [member, of(its, member, name)]),
      ),
    array: () => (Array.isArray(items) ? [] : [of(items)]),
    string: () => byFormat[schema.format ?? ""] ?? (typeof known === "string" ? known : name),
    number: () =>
      typeof known === "number"
        ? known
        : Math.max(schema.minimum ?? 1, Math.min(1, schema.maximum ?? 1)),
    boolean: () => true,
  };
  const [type = "null"] = [schema.type].flat();
  return values[type === "integer" ? "number" : type]?.() ?? null;
}

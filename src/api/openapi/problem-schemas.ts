import { koreanTitle } from "../problem-language.ts";
import { type ProblemCode, problemPage, problems } from "../problem.ts";
import { type JsonSchema, schemaUri } from "./json-schemas.ts";
import { type HeaderName, headers } from "./response-headers.ts";
import { sampleValue } from "./sample-value.ts";

const text: JsonSchema = { type: "string" };
const errors: JsonSchema = {
  type: "array",
  description: "What is wrong with which value; absent when it is no single value.",
  items: {
    type: "object",
    properties: {
      path: { ...text, description: "Where the value stands, such as `filter.from`." },
      message: text,
    },
    required: ["path", "message"],
    additionalProperties: false,
  },
};

/** Members of a problem beside those of every problem. */
const extras: Partial<Record<ProblemCode, Readonly<Record<string, JsonSchema>>>> = {
  UNSUPPORTED_MODEL: { supported_models: { type: "array", items: text } },
  UNSUPPORTED_PHOTO_TYPE: { photo_types: { type: "array", items: text } },
  EVENTS_UNREADABLE: { first_cursor: { type: "integer" }, last_cursor: { type: "integer" } },
  VALIDATION_ERROR: { errors },
  UNSUPPORTED_MEDIA_TYPE: { errors },
};
const optional = new Set(["errors"]);

/** The headers that come with a problem. */
const headersOf: Partial<Record<ProblemCode, readonly HeaderName[]>> = {
  UNAUTHORIZED: ["WWW-Authenticate"],
  SESSION_ENDED: ["WWW-Authenticate", "Set-Cookie"],
  SESSION_FOREIGN: ["WWW-Authenticate", "Set-Cookie"],
  RATE_LIMITED: ["Retry-After"],
  AUTH_UNAVAILABLE: ["Retry-After"],
  UNAVAILABLE: ["Retry-After"],
};

const nameOf = (code: ProblemCode): string =>
  `${code.toLowerCase().replaceAll(/(?:^|_)(\w)/g, (_, first: string) => first.toUpperCase())}Problem`;

/** The schema of a problem, closed, with its example. */
export function problemComponent(code: ProblemCode): JsonSchema {
  const [status, title] = problems[code];
  const properties: Record<string, JsonSchema> = {
    type: {
      type: "string",
      const: problemPage(code),
      description: "The page that explains the code.",
    },
    title: { type: "string", enum: [title, koreanTitle(code)] },
    status: { type: "number", const: status },
    code: { type: "string", const: code },
    detail: {
      ...text,
      description: "What was wrong this time, in English; for `Accept-Language: ko` in Korean.",
      examples: [`${title}.`],
    },
    ...extras[code],
  };
  const schema: JsonSchema = {
    type: "object",
    description: `${title}.`,
    properties,
    required: Object.keys(properties).filter((name) => !optional.has(name)),
    additionalProperties: false,
  };
  return {
    code,
    name: nameOf(code),
    schema,
    example: { summary: title, value: sampleValue(schema, {}) },
  };
}

const refOf = (code: ProblemCode) => ({ $ref: schemaUri(nameOf(code)) });

/** The response of a status that has these problems. Headers that not all of them have may be absent. */
export function problemResponse(codes: readonly ProblemCode[]) {
  const names = codes.map((code): readonly HeaderName[] => [
    "Content-Language",
    ...(headersOf[code] ?? []),
  ]);
  const [schema, ...others] = codes.map(refOf);
  return {
    description: codes.map((code) => `${problems[code][1]}: \`${code}\`.`).join(" "),
    headers: Object.fromEntries(
      [...new Set(names.flat())].map((name) => [
        name,
        names.every((its) => its.includes(name))
          ? { $ref: `#/components/headers/${name}` }
          : { ...headers[name], required: false },
      ]),
    ),
    content: {
      "application/problem+json": {
        schema: others.length === 0 ? schema : { oneOf: [schema, ...others] },
        examples: Object.fromEntries(
          codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
        ),
      },
    },
  };
}

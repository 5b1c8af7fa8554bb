import { problemResponses } from "../src/api/openapi/define-route.ts";
import { refTo } from "../src/api/openapi/json-schemas.ts";
import { type HeaderName } from "../src/api/openapi/response-headers.ts";
import { accesses } from "../src/api/openapi/security.ts";
import type { Answer, Content, Operation } from "./operation.ts";

type Json = Readonly<Record<string, unknown>>;

const headersOf = (names: readonly HeaderName[]) =>
  names.length > 0 && {
    headers: Object.fromEntries(
      names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    ),
  };

/** The schema and the examples of a body. */
export const mediaTypeOf = ({ schema, examples }: Content): Json => ({
  ...(schema && { schema: refTo(schema) }),
  ...(Object.keys(examples).length > 0 && {
    examples: Object.fromEntries(
      Object.entries(examples).map(([name, value]) => [
        name.replaceAll(/[^\w.-]+/g, "-"),
        { summary: name, value },
      ]),
    ),
  }),
});

const answerOf = ({ says, content, headers: names }: Answer): Json => ({
  description: says,
  ...headersOf(names),
  ...(content && { content: { [content.mediaType]: mediaTypeOf(content) } }),
});

/** All that an operation answers, by status. */
export const responsesOf = ({ answers, access, problems = [], network }: Operation): Json => ({
  ...Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, answerOf(answer)]),
  ),
  ...problemResponses([...accesses[access].problems, ...problems]),
  ...(network && { [network]: { $ref: "#/components/responses/Network" } }),
});

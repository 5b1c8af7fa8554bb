import type { ProblemCode } from "../src/api/problem.ts";
import { accesses } from "./access.ts";
import { type JsonSchema, refTo } from "./components.ts";
import { type HeaderName, headers } from "./headers.ts";
import type { Answer, Content, Operation } from "./operation.ts";
import { type KnownProblem, problemOf } from "./problems.ts";

type Json = Readonly<Record<string, unknown>>;

const headerRef = (name: HeaderName) => ({ $ref: `#/components/headers/${name}` });

/** Headers that every one of the cases has; the others may come. */
function headersOf(cases: readonly (readonly HeaderName[])[]): Json {
  const names = [...new Set(cases.flat())];
  if (names.length === 0) return {};
  const always = (name: HeaderName) => cases.every((it) => it.includes(name));
  return {
    headers: Object.fromEntries(
      names.map((name) => [
        name,
        always(name) ? headerRef(name) : { ...headers[name], required: false },
      ]),
    ),
  };
}

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
  ...headersOf([names]),
  ...(content && { content: { [content.mediaType]: mediaTypeOf(content) } }),
});

const exampleRef = (code: ProblemCode) => ({ $ref: `#/components/examples/${code}` });

/** One response for all problems of a status. */
const problemResponse = (cases: readonly KnownProblem[]): Json => ({
  description: cases.map(({ title, code }) => `${title}: \`${code}\`.`).join(" "),
  ...headersOf(cases.map(({ headers: names }) => names)),
  content: {
    "application/problem+json": {
      schema: schemaOf(cases.map(({ schema }) => refTo(schema))),
      examples: Object.fromEntries(cases.map(({ code }) => [code, exampleRef(code)])),
    },
  },
});

const schemaOf = ([first, ...others]: readonly JsonSchema[]) =>
  others.length === 0 ? first : { oneOf: [first, ...others] };

/** Every problem that an operation may answer. */
export const problemsOf = ({ access, problems = [] }: Operation): KnownProblem[] =>
  [...new Set([...accesses[access].problems, ...problems])].map(problemOf);

/** Statuses with one problem are written once for all operations. */
export const sharedResponses = (problems: readonly KnownProblem[]): Json =>
  Object.fromEntries(problems.map((problem) => [problem.code, problemResponse([problem])]));

/** What is answered before a request comes to the Worker. */
export const networkResponse: Json = {
  description:
    "No answer of this API: the network in front of it refuses by itself what it cannot read, such as " +
    "headers that are too long.",
};

/** All that an operation answers, by status. */
export function responsesOf(operation: Operation): Json {
  const told = Object.entries(operation.answers).map(([status, answer]): [string, Json] => [
    status,
    answerOf(answer),
  ]);
  const byStatus = Map.groupBy(problemsOf(operation), ({ status }) => status);
  const refused = [...byStatus].map(([status, cases]): [string, Json] => {
    const [only, ...others] = cases;
    return [
      String(status),
      only && others.length === 0
        ? { $ref: `#/components/responses/${only.code}` }
        : problemResponse(cases),
    ];
  });
  const passedOn = operation.network
    ? [[operation.network, { $ref: "#/components/responses/Network" }] as const]
    : [];
  return Object.fromEntries(
    [...told, ...refused, ...passedOn].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

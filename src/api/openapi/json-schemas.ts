import type { RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";

type Query = NonNullable<RouteConfig["request"]>["query"];
/** A JSON Schema, as the document holds it. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Whether values are described as they are sent, or as they are answered: then objects are closed. */
type Io = "input" | "output";

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>["override"]>;
type MembersOf<Schema extends z.ZodType> = Partial<
  Record<keyof z.output<Schema> & string, string | undefined>
>;

/** Descriptions of members whose schemas are shared with others. */
const membersOf = new WeakMap<z.ZodType, Readonly<Record<string, string | undefined>>>();

/** What the document calls schemas that the domain owns. Elsewhere they have no name: a model is sent them as a whole. */
const named = new Map<z.ZodType, { id: string; description: string }>();

/** Names schemas that the domain owns, so that the document has them once. A route names its own. */
export function nameSchemas(
  schemas: Readonly<Record<string, readonly [schema: z.ZodType, description: string]>>,
): void {
  for (const [id, [schema, description]] of Object.entries(schemas)) {
    named.set(schema, { id, description });
  }
}

export const describeMembers = <Schema extends z.ZodType>(
  schema: Schema,
  members: MembersOf<Schema>,
): void => void membersOf.set(schema, members);

export const schemaUri = (id: string): string => `#/components/schemas/${id}`;

/** A reference to a schema. Throws for one without a name. */
export function refTo(schema: z.ZodType): { $ref: string } {
  const { id } = named.get(schema) ?? z.globalRegistry.get(schema) ?? {};
  if (id === undefined) throw new Error("The schema of a body needs an id: schema.meta({ id })");
  return { $ref: schemaUri(id) };
}

/** Formats that make their patterns redundant. */
const formats = new Set(["date-time", "date", "uuid"]);

const tidy: Override = ({ zodSchema, jsonSchema }) => {
  if (jsonSchema.format !== undefined && formats.has(jsonSchema.format)) delete jsonSchema.pattern;
  // The bounds of every JavaScript integer.
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  const members = zodSchema instanceof z.ZodType ? membersOf.get(zodSchema) : undefined;
  for (const [name, description] of Object.entries(members ?? {})) {
    const member = jsonSchema.properties?.[name];
    if (description && typeof member === "object") member.description = description;
  }
};

const without = (keywords: readonly string[], schema: object): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => !keywords.includes(keyword)));

/** Every named schema, by its name. */
export function namedSchemas(io: Io): Readonly<Record<string, JsonSchema>> {
  for (const [schema, name] of named) z.globalRegistry.add(schema, name);
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io,
    uri: schemaUri,
    override: tidy,
    unrepresentable: "any",
  });
  for (const [schema] of named) z.globalRegistry.remove(schema);
  return Object.fromEntries(
    Object.entries(schemas).map(([id, it]) => [id, without(["$schema", "$id", "id"], it)]),
  );
}

/** The schema of a parameter. Its description stands beside it. */
const parameterSchema = (schema: z.ZodType): object =>
  without(
    ["$schema", "description"],
    z.toJSONSchema(schema, { io: "input", override: tidy, metadata: z.registry() }),
  );

/** The parameters that the schema of a query describes. */
export function queryParameters(query: Query) {
  if (query === undefined) return [];
  if (!(query instanceof z.ZodObject)) throw new Error("The schema of a query is an object");
  return Object.entries(query.shape).map(([name, schema]) => {
    if (!(schema instanceof z.ZodType)) throw new Error(`The schema of ${name} is no schema`);
    const required = !schema.safeParse(undefined).success;
    const parameter = { in: "query" as const, name, required, schema: parameterSchema(schema) };
    const { description } = schema;
    return description === undefined ? parameter : Object.assign(parameter, { description });
  });
}

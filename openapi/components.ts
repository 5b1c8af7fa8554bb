import { z } from "zod";

/** The name of a schema in the document, and what it says of it. */
interface Named {
  id: string;
  description?: string | undefined;
}

/** Schemas of what is sent: converted as they read. */
export const sent = z.registry<Named>();
/** Schemas of what is answered: converted as they are read, and closed. */
export const answered = z.registry<Named>();

/** What a schema that validates elsewhere says of its members: it has no words of its own. */
const members = new WeakMap<z.ZodType, Readonly<Record<string, string | undefined>>>();

type MembersOf<Schema extends z.ZodType> = Partial<
  Record<keyof z.input<Schema> & string, string | undefined>
>;

const naming =
  (registry: typeof sent) =>
  <Schema extends z.ZodType>(
    id: string,
    schema: Schema,
    description?: string,
    says?: MembersOf<Schema>,
  ): Schema => {
    registry.add(schema, { id, description });
    if (says) members.set(schema, says);
    return schema;
  };

/** Names a schema of what is sent, and describes it and its members. */
export const sends = naming(sent);
/** Names a schema of what is answered, and describes it and its members. */
export const answers = naming(answered);

/** Where a component stands in the document. */
export const uri = (id: string): string => `#/components/schemas/${id}`;

/** A reference to a schema that was named. Throws for one that was not. */
export function refTo(schema: z.ZodType): { $ref: string } {
  const named = sent.get(schema) ?? answered.get(schema);
  if (!named) throw new Error("A body's schema has no name in openapi/");
  return { $ref: uri(named.id) };
}

type Io = "input" | "output";
type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>["override"]>;

/** The formats that say all that their patterns do. */
const formats = new Set(["date-time", "date", "uuid"]);

const tidy: Override = ({ zodSchema, jsonSchema }) => {
  if (jsonSchema.format !== undefined && formats.has(jsonSchema.format)) delete jsonSchema.pattern;
  // What every integer of JavaScript is says nothing.
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  const says = zodSchema instanceof z.ZodType ? members.get(zodSchema) : undefined;
  for (const [name, description] of Object.entries(says ?? {})) {
    const member = jsonSchema.properties?.[name];
    if (description && typeof member === "object") member.description = description;
  }
};

/** A JSON Schema, as the document holds it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The document says where a schema stands, and which dialect all of them are of. */
const anonymous = (schema: object): JsonSchema =>
  Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => keyword !== "$schema" && keyword !== "$id"),
  );

/** Converts every named schema; what is shared is referred to. */
export function schemas(): Record<string, JsonSchema> {
  const convert = (registry: typeof sent, io: Io) =>
    Object.entries(z.toJSONSchema(registry, { io, uri, override: tidy }).schemas);
  return Object.fromEntries(
    [...convert(sent, "input"), ...convert(answered, "output")]
      .map(([id, schema]) => [id, anonymous(schema)] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Converts a schema that stands where it is used, such as a parameter's. */
export function inline(schema: z.ZodType): JsonSchema {
  return anonymous(z.toJSONSchema(schema, { io: "input", override: tidy }));
}

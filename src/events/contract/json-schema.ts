import { z } from "zod";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * The JSON Schema of an event's data, for readers. Objects are open, so that a reader of this version accepts the
 * fields of later ones.
 */
export function dataSchemaOf(data: z.ZodType, title: string): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(data, {
    io: "input",
    // Names that the API's document gives to schemas are no part of these.
    metadata: z.registry(),
    unrepresentable: "any",
    override({ jsonSchema }) {
      if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return { $schema: "https://json-schema.org/draft/2020-12/schema", title, ...schema };
}

import published from "./schemas.json" with { type: "json" };

/** The published JSON Schemas of each type's data, the first version first. None is ever changed. */
export const publishedSchemas: Readonly<Record<string, readonly object[]>> = published;

/** Where the schema of a type is: its last version, which reads the events of every version. */
export const schemaPathOf = (type: string, version = publishedSchemas[type]?.length ?? 0): string =>
  `/schemas/${type}/${version}`;

/** A published schema; null when there is none. */
export const schemaOf = (type: string, version: number): object | null =>
  (Object.hasOwn(publishedSchemas, type) && publishedSchemas[type]?.[version - 1]) || null;

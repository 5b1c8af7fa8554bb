interface Types {
  string: string;
  number: number;
  boolean: boolean;
  object: object;
  unknown: unknown;
}

/** Whether a value is an object whose fields have these types; `object` is not null. */
export function hasFields<Fields extends Record<string, keyof Types>>(
  value: unknown,
  fields: Fields,
): value is { [Name in keyof Fields]: Types[Fields[Name]] } {
  if (typeof value !== "object" || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  return Object.entries(fields).every(([name, type]) => {
    const member = members.get(name);
    return type === "unknown" ? members.has(name) : typeof member === type && member !== null;
  });
}

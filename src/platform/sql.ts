import { z } from "zod";
import { parseRows } from "./parse-rows.ts";

type Value = string | number | null;
/** A part of a statement, and the values of its parameters. */
export interface Fragment {
  sql: string;
  values: readonly Value[];
}
type Template<Result> = (
  text: TemplateStringsArray,
  ...values: readonly (Value | Fragment)[]
) => Result;

/** SQL of the program itself, which a template takes as it is. It must have no parameters. */
export const raw = (sql: string): Fragment => ({ sql, values: [] });

/** Makes a fragment of a template. All values but fragments are bound and never become SQL. */
export const fragment: Template<Fragment> = (text, ...values) => {
  const parts = values.map((it) =>
    typeof it === "object" && it !== null ? it : { sql: "?", values: [it] },
  );
  return {
    sql: String.raw({ raw: text }, ...parts.map(({ sql }) => sql)),
    values: parts.flatMap((part) => part.values),
  };
};

/**
 * SQL: a column of JSON in which a text that is not JSON counts as NULL. `->>` and `json_each` fail the whole statement
 * on one such row, so they get this instead of the column.
 */
export const json = (column: string): string => `iif(json_valid(${column}), ${column}, NULL)`;

/** The condition that all of these hold. */
export const allOf = (conditions: readonly Fragment[]): Fragment => ({
  sql: conditions.map(({ sql }) => sql).join(" AND ") || "true",
  values: conditions.flatMap(({ values }) => values),
});

/** The conditions that columns have these values. A column whose value is undefined does not matter. */
export const equal = (columns: Readonly<Record<string, Value | undefined>>): Fragment[] =>
  Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [fragment`${raw(column)} = ${value}`],
  );

/** Makes a statement of a template, as `fragment` does. */
export const sql =
  (db: D1Database): Template<D1PreparedStatement> =>
  (text, ...values) => {
    const whole = fragment(text, ...values);
    const statement = db.prepare(whole.sql);
    return whole.values.length > 0 ? statement.bind(...whole.values) : statement;
  };

/** The first table that a statement names. */
const tableIn = ([text = ""]: readonly string[]): string =>
  /\b(?:FROM|UPDATE|INTO)\s+(\w+)/i.exec(text)?.[1] ?? "?";

/** Runs the query of a template, and parses its rows. One that does not parse is left out, and reported. */
export const select =
  <Row extends z.ZodType>(db: D1Database, row: Row): Template<Promise<z.output<Row>[]>> =>
  async (text, ...values) => {
    const { results } = await sql(db)(text, ...values).all();
    return parseRows(row, results, { store: tableIn(text.raw) });
  };

/** The same for who must not miss a row: it rejects when one does not parse. */
export const selectAll =
  <Row extends z.ZodType>(db: D1Database, row: Row): Template<Promise<z.output<Row>[]>> =>
  async (text, ...values) => {
    const { results } = await sql(db)(text, ...values).all();
    return z.array(row).parse(results);
  };

/** A column that contains JSON. */
export const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);

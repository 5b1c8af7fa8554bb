import { z } from "zod";

type Value = string | number | null;
type Template<Result> = (text: TemplateStringsArray, ...values: readonly Value[]) => Result;

/** Makes a statement of a template. Its values are bound as parameters and never become SQL. */
export const sql =
  (db: D1Database): Template<D1PreparedStatement> =>
  (text, ...values) => {
    const statement = db.prepare(text.join("?"));
    return values.length > 0 ? statement.bind(...values) : statement;
  };

/** Runs the query of a template, and parses its rows. */
export const select =
  <Row extends z.ZodType>(db: D1Database, row: Row): Template<Promise<z.output<Row>[]>> =>
  async (text, ...values) => {
    const { results } = await sql(db)(text, ...values).all();
    return z.array(row).parse(results);
  };

/** A column that contains JSON. */
export const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);

import { z } from "zod";

type Value = string | number | null;
type Raw = ReturnType<typeof raw>;
type Template<Result> = (text: TemplateStringsArray, ...values: readonly (Value | Raw)[]) => Result;

/** SQL of the program itself, which a template takes as it is. It must have no parameters. */
export const raw = (sql: string) => ({ sql });

const isRaw = (value: Value | Raw): value is Raw => typeof value === "object" && value !== null;

/** Makes a statement of a template. All values but `raw` ones are bound and never become SQL. */
export const sql =
  (db: D1Database): Template<D1PreparedStatement> =>
  (text, ...values) => {
    const marks = values.map((value) => (isRaw(value) ? value.sql : "?"));
    const bound = values.filter((value) => !isRaw(value));
    const statement = db.prepare(String.raw({ raw: text }, ...marks));
    return bound.length > 0 ? statement.bind(...bound) : statement;
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

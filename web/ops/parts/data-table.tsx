import type { Child } from "hono/jsx";
import { Scrolled } from "./scrolled.tsx";

export interface Column<Row> {
  head: string;
  cell: (row: Row) => Child;
  /** The cell that names the row. */
  isHeader?: boolean;
  class?: string;
  lang?: string;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  class?: string;
  caption?: string;
  /** The language of the cells, unless a column has its own. */
  lang?: string;
}

/** A table with a column header each, which scrolls when it is wider than the page. */
export const DataTable = <Row,>({ label, columns, rows, keyOf, caption, ...props }: Props<Row>) => (
  <Scrolled label={label}>
    <table class={props.class}>
      {caption && <caption>{caption}</caption>}
      <thead>
        <tr>
          {columns.map(({ head, class: name }) => (
            <th key={head} scope="col" class={name === "number" ? name : undefined}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody lang={props.lang}>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ head, cell, isHeader, class: name, lang }) =>
              isHeader ? (
                <th key={head} scope="row" class={name} lang={lang}>
                  {cell(row)}
                </th>
              ) : (
                <td key={head} class={name} lang={lang}>
                  {cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </Scrolled>
);

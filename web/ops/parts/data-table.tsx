import type { Child } from "hono/jsx";
import { formatCount } from "../format.ts";

export interface Column<Row> {
  head: string;
  cell?: (row: Row) => Child;
  /** The number in the cell, in place of `cell`. */
  count?: (row: Row) => number;
  /** Whether the cell names the row. */
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

/** Of a column's classes, those that its head shares. */
const headClass = (name: string | undefined) => name?.match(/\b(?:number|wide)\b/g)?.join(" ");

/** A table that scrolls when it is wider than the page, by keyboard, too. */
export const DataTable = <Row,>({ label, columns, rows, keyOf, caption, ...props }: Props<Row>) => (
  <div class="scrolled" role="region" aria-label={`${label}: table`} tabindex={0}>
    <table class={props.class}>
      {caption && <caption>{caption}</caption>}
      <thead>
        <tr>
          {columns.map(({ head, count, class: name }) => (
            <th key={head} scope="col" class={count ? "number" : headClass(name)}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody lang={props.lang}>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(
              ({ head, cell, count, isHeader, class: name = count && "number", lang }) => {
                const Cell = isHeader ? "th" : "td";
                return (
                  <Cell key={head} scope={isHeader ? "row" : undefined} class={name} lang={lang}>
                    {count ? formatCount(count(row)) : cell?.(row)}
                  </Cell>
                );
              },
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

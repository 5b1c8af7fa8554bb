import { useId, useEffect, useRef, useState } from "hono/jsx/dom";
import type uPlot from "uplot";
import { DataTable } from "../parts/data-table.tsx";
import { useEventValue } from "../use-event-value.ts";
import { formatTime } from "../format.ts";
import type { Band } from "./bands.ts";
import type { Lines } from "./lines.ts";
import { dataOf, drawPlot, legendBorder } from "./plot.ts";

const darkScheme = matchMedia("(prefers-color-scheme: dark)");

interface Props {
  title: string;
  lines: Lines;
  unit: (value: number) => string;
  floor: number;
  bands: readonly Band[];
  /** Unix s. */
  from: number;
  to: number;
}

/** Lines over time: a chart, its summary for screen readers, and a table. */
export function Chart({ title, lines, unit, floor, bands, from, to }: Props) {
  const id = useId();
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const destroy = useRef<() => void>(null);
  const span = useRef<[number, number]>([from, to]);
  span.current = [from, to];
  const marked = useRef(bands);
  marked.current = bands;
  const [pointed, setPointed] = useState<number | null>(null);
  const dark = useEventValue(darkScheme, "change", () => darkScheme.matches);
  const names = lines.lines.map(({ name }) => name);

  // Not a layout effect, since the element has neither size nor style then. Before the first paint this
  // may run more than once: the earlier chart is destroyed.
  useEffect(() => {
    const { current: container } = element;
    if (!container) return;
    destroy.current?.();
    const plot = drawPlot(container, lines, {
      names,
      unit,
      floor,
      span: () => span.current ?? [from, to],
      bands: () => marked.current ?? bands,
      onPoint: setPointed,
    });
    chart.current = plot;
    const observer = new ResizeObserver(() => {
      if (container.clientWidth !== plot.width) {
        plot.setSize({ width: container.clientWidth, height: plot.height });
      }
    });
    observer.observe(container);
    destroy.current = () => {
      observer.disconnect();
      plot.destroy();
      destroy.current = null;
    };
    return () => destroy.current?.();
  }, [names.join(), dark]);

  useEffect(() => {
    chart.current?.setData(dataOf(lines));
  }, [lines, bands]);

  const shown = pointed ?? lines.at.length - 1;
  const at = pointed === null ? undefined : lines.at[pointed];
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption id={id}>
        {title}
        <span class="quiet">{at !== undefined && ` · ${formatTime(at * 1000)}`}</span>
      </figcaption>
      <ul class="legend">
        {lines.lines.map(({ name, values }, index) => (
          <li key={name}>
            <span class="swatch" style={{ borderTop: legendBorder(index) }} />
            {name} <strong>{formatValue(values[shown], unit)}</strong>
          </li>
        ))}
      </ul>
      <div ref={element} class="plot" role="img" aria-label={summaryOf(title, lines, unit)} />
      <details>
        <summary>Values of {title.toLowerCase()}</summary>
        <Values title={title} lines={lines} unit={unit} />
      </details>
    </figure>
  );
}

const formatValue = (value: number | null | undefined, unit: Props["unit"]): string =>
  value === null || value === undefined ? "–" : unit(value);

/** The last and the highest value of each line. */
function summaryOf(title: string, { lines }: Lines, unit: Props["unit"]): string {
  const summaries = lines.map(({ name, values }) => {
    const present = values.filter((it) => it !== null);
    const last = present.at(-1);
    if (last === undefined) return `${name}: no values`;
    return `${name}: ${unit(last)} last, ${unit(Math.max(...present))} at most`;
  });
  return `${title}. ${summaries.join("; ")}.`;
}

const maxRows = 24;

function Values({ title, lines: { at, lines }, unit }: Pick<Props, "title" | "lines" | "unit">) {
  const step = Math.max(1, Math.ceil(at.length / maxRows));
  const indexes = at.map((_, index) => index).filter((it) => (at.length - 1 - it) % step === 0);
  const label = `Values of ${title.toLowerCase()}`;
  return (
    <DataTable
      label={label}
      rows={indexes.toReversed()}
      keyOf={(index) => index}
      columns={[
        { head: "Time", isHeader: true, cell: (index) => formatTime((at[index] ?? 0) * 1000) },
        ...lines.map(({ name, values }) => ({
          head: name,
          class: "number",
          cell: (index: number) => formatValue(values[index], unit),
        })),
      ]}
    />
  );
}

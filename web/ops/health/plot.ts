import uPlot from "uplot";
import type { Band } from "./bands.ts";
import type { Lines } from "./lines.ts";

interface PlotOptions {
  names: readonly string[];
  unit: (value: number) => string;
  /** The least maximum of the scale, so that small values look small. */
  floor: number;
  /** Unix s. */
  span: () => [from: number, to: number];
  bands: () => readonly Band[];
  /** Called with the index under the pointer; null for none. */
  onPoint: (index: number | null) => void;
}

const height = 150;
/** Lines differ without colours, too: the dashes in the plot, and the border style in the legend. */
const lineStyles = [
  { dash: [], border: "solid" },
  { dash: [7, 4], border: "dashed" },
  { dash: [2, 3], border: "dotted" },
  { dash: [10, 3, 2, 3], border: "dashed" },
  { dash: [5, 2], border: "dashed" },
  { dash: [1, 4], border: "dotted" },
] as const;

const styleOf = (index: number) => ({
  colour: `var(--line-${index % lineStyles.length})`,
  ...(lineStyles[index % lineStyles.length] ?? lineStyles[0]),
});

/** The border of a line in the legend. */
export function legendBorder(index: number): string {
  const { colour, border } = styleOf(index);
  return `3px ${border} ${colour}`;
}

export const dataOf = ({ at, lines }: Lines): uPlot.AlignedData => [
  at,
  ...lines.map(({ values }) => values),
];

/** Draws lines over time into an element, in the colours of its style. */
export function drawPlot(element: HTMLElement, lines: Lines, options: PlotOptions): uPlot {
  const { names, unit, floor, span, bands, onPoint } = options;
  const style = getComputedStyle(element);
  /** A canvas knows neither custom properties nor colour schemes: the style of the element does. */
  const resolved = (colour: string) => {
    element.style.color = colour;
    return style.color;
  };
  const fills = { incident: resolved("var(--bad)"), pause: resolved("var(--warn)") };
  const axis = {
    stroke: resolved("var(--quiet-ink)"),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: resolved("var(--line)"), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: element.clientWidth,
      height,
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: "health" } },
      scales: {
        x: { range: () => span() },
        y: { range: (_, __, most) => [0, Math.max(floor, (most ?? 0) * 1.1)] },
      },
      axes: [
        { ...axis, size: 26, space: 64, values: (_, times) => times.map(formatClock) },
        { ...axis, size: 56, space: 32, values: (_, values) => values.map(unit) },
      ],
      series: [
        {},
        ...names.map((label, index) => {
          const { colour, dash } = styleOf(index);
          return { label, stroke: resolved(colour), dash: [...dash], width: 2 };
        }),
      ],
      hooks: {
        drawClear: [(plot) => drawBands(plot, bands(), span()[1], fills)],
        setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)],
      },
    },
    dataOf(lines),
    element,
  );
}

/** Marks the times of bands behind the lines; one that goes on ends with the chart. */
function drawBands(
  plot: uPlot,
  bands: readonly Band[],
  end: number,
  fills: Record<Band["kind"], string>,
) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.globalAlpha = 0.12;
  for (const { kind, from, to } of bands) {
    const left = Math.max(bbox.left, plot.valToPos(from, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(to ?? end, "x", true));
    ctx.fillStyle = fills[kind];
    if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** The label of a tick: the date at midnight, else the time. */
function formatClock(second: number): string {
  const time = new Date(second * 1000);
  return time.getHours() === 0 && time.getMinutes() === 0 ? days.format(time) : hours.format(time);
}

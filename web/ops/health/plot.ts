import uPlot from "uplot";
import type { Lines } from "./lines.ts";

interface PlotOptions {
  names: readonly string[];
  unit: (value: number) => string;
  /** The least maximum of the scale, so that small values look small. */
  floor: number;
  /** Unix s. */
  span: () => [from: number, to: number];
  /** Called with the index under the pointer; null for none. */
  onPoint: (place: number | null) => void;
}

const height = 150;
/** Lines differ without colours, too. */
const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 4]];

export const dataOf = ({ at, lines }: Lines): uPlot.AlignedData => [
  at,
  ...lines.map(({ values }) => values),
];

/** Draws lines over time into an element, in the colours of its style. */
export function drawPlot(element: HTMLElement, lines: Lines, options: PlotOptions): uPlot {
  const { names, unit, floor, span, onPoint } = options;
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = `12px ${style.fontFamily}`;
  const axis = {
    stroke: colour("--quiet-ink"),
    font,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: element.clientWidth,
      height,
      padding: [8, 8, 0, 0],
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
        ...names.map((label, index) => ({
          label,
          stroke: colour(`--line-${index % dashes.length}`),
          dash: dashes[index % dashes.length] ?? [],
          width: 2,
        })),
      ],
      hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
    },
    dataOf(lines),
    element,
  );
}

const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** The label of a tick: the date at midnight, else the time. */
function formatClock(second: number): string {
  const time = new Date(second * 1000);
  return time.getHours() === 0 && time.getMinutes() === 0 ? days.format(time) : hours.format(time);
}

import uPlot from "uplot";
import type { Lines } from "./lines.ts";

interface Plotted {
  names: readonly string[];
  unit: (value: number) => string;
  /** The least height of the scale, so that a little is not drawn as much. */
  floor: number;
  /** Unix s. */
  span: () => [from: number, to: number];
  /** The place that is pointed at; null when none is. */
  onPoint: (place: number | null) => void;
}

const height = 150;
/** Told apart without colours, too. */
const dashes = [[], [7, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 4]];

export const dataOf = ({ at, lines }: Lines): uPlot.AlignedData => [
  at,
  ...lines.map(({ values }) => values),
];

/** Draws lines over time into an element, in the colours that its style has. */
export function plot(element: HTMLElement, lines: Lines, plotted: Plotted): uPlot {
  const { names, unit, floor, span, onPoint } = plotted;
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
        { ...axis, size: 26, space: 64, values: (_, times) => times.map(clockWords) },
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

/** The time of a tick; a day's beginning is its date. */
function clockWords(second: number): string {
  const time = new Date(second * 1000);
  return time.getHours() === 0 && time.getMinutes() === 0 ? days.format(time) : hours.format(time);
}

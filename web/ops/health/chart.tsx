import { useId, useEffect, useRef, useState } from "hono/jsx/dom";
import type uPlot from "uplot";
import { Scrolled } from "../parts/scrolled.tsx";
import { useDark } from "../use-dark.ts";
import { timeWords } from "../words.ts";
import type { Lines } from "./lines.ts";
import { dataOf, plot } from "./plot.ts";

interface Props {
  title: string;
  lines: Lines;
  unit: (value: number) => string;
  floor: number;
  /** Unix s. */
  from: number;
  to: number;
}

/** Lines over time: drawn, said in a sentence, and as a table. */
export function Chart({ title, lines, unit, floor, from, to }: Props) {
  const id = useId();
  const element = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(null);
  const undraw = useRef<() => void>(null);
  const span = useRef<[number, number]>([from, to]);
  span.current = [from, to];
  const [place, setPlace] = useState<number | null>(null);
  const dark = useDark();
  const names = lines.lines.map(({ name }) => name);

  // Not a layout effect: those run before the element has a size and a style. Before the first frame is
  // painted this may be called more than once, and only the last drawing is to stay.
  useEffect(() => {
    const { current: into } = element;
    if (!into) return;
    undraw.current?.();
    const made = plot(into, lines, {
      names,
      unit,
      floor,
      span: () => span.current ?? [from, to],
      onPoint: setPlace,
    });
    drawn.current = made;
    const watching = new ResizeObserver(() => {
      if (into.clientWidth !== made.width) {
        made.setSize({ width: into.clientWidth, height: made.height });
      }
    });
    watching.observe(into);
    undraw.current = () => {
      watching.disconnect();
      made.destroy();
      undraw.current = null;
    };
    return () => undraw.current?.();
  }, [names.join(), dark]);

  useEffect(() => {
    drawn.current?.setData(dataOf(lines));
  }, [lines]);

  const shown = place ?? lines.at.length - 1;
  const at = place === null ? undefined : lines.at[place];
  return (
    <figure class="chart" aria-labelledby={id}>
      <figcaption id={id}>
        {title}
        <span class="quiet">{at !== undefined && ` · ${timeWords(at * 1000)}`}</span>
      </figcaption>
      <ul class="legend">
        {lines.lines.map(({ name, values }, index) => (
          <li key={name}>
            <span class={`swatch line-${index % 6}`} />
            {name} <strong>{valueWords(values[shown], unit)}</strong>
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

const valueWords = (value: number | null | undefined, unit: Props["unit"]): string =>
  value === null || value === undefined ? "–" : unit(value);

/** What the chart shows, in words: each line's last value and its highest. */
function summaryOf(title: string, { lines }: Lines, unit: Props["unit"]): string {
  const said = lines.map(({ name, values }) => {
    const known = values.filter((it) => it !== null);
    const last = known.at(-1);
    if (last === undefined) return `${name}: nothing known`;
    return `${name}: ${unit(last)} last, ${unit(Math.max(...known))} at most`;
  });
  return `${title}. ${said.join("; ")}.`;
}

const rows = 24;

function Values({ title, lines: { at, lines }, unit }: Pick<Props, "title" | "lines" | "unit">) {
  const step = Math.max(1, Math.ceil(at.length / rows));
  const places = at.map((_, place) => place).filter((it) => (at.length - 1 - it) % step === 0);
  return (
    <Scrolled label={`Values of ${title.toLowerCase()}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.toReversed().map((it) => (
            <tr key={it}>
              <th scope="row">{timeWords((at[it] ?? 0) * 1000)}</th>
              {lines.map(({ name, values }) => (
                <td key={name} class="number">
                  {valueWords(values[it], unit)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

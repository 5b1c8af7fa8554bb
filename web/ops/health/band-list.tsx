import { formatTime } from "../format.ts";
import type { Band } from "./bands.ts";

/** The bands of the charts in words. */
export const BandList = ({ bands }: { bands: readonly Band[] }) =>
  bands.length === 0 ? null : (
    <ul class="bands" aria-label="Marked in the charts">
      {bands.map(({ kind, title, from, to }) => (
        <li key={`${title} ${from}`}>
          <span class={`band ${kind}`} />
          {title} <span class="quiet">from {formatTime(from * 1000)}</span>
          <span class="quiet">{to === null ? " on" : ` to ${formatTime(to * 1000)}`}</span>
        </li>
      ))}
    </ul>
  );

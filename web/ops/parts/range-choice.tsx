interface Props {
  /** How far back one may look, and its text. */
  ranges: readonly (readonly [range: number, text: string])[];
  chosen: number;
  onChosen: (range: number) => void;
}

/** The choice of how far back a page looks. */
export const RangeChoice = ({ ranges, chosen, onChosen }: Props) => (
  <fieldset class="range">
    <legend class="unseen">How far back</legend>
    {ranges.map(([range, text]) => (
      <label key={range}>
        <input
          type="radio"
          name="range"
          value={range}
          checked={range === chosen}
          onChange={() => onChosen(range)}
        />
        <span>{text}</span>
      </label>
    ))}
  </fieldset>
);

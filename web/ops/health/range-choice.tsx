const ranges = [
  [1, "1 h"],
  [6, "6 h"],
  [24, "24 h"],
  [168, "7 d"],
] as const;

/** The time range of the charts. */
export const RangeChoice = ({
  hours,
  onChosen,
}: {
  hours: number;
  onChosen: (hours: number) => void;
}) => (
  <fieldset class="range">
    <legend class="unseen">How far back</legend>
    {ranges.map(([value, text]) => (
      <label key={value}>
        <input
          type="radio"
          name="hours"
          value={value}
          checked={value === hours}
          onChange={() => onChosen(value)}
        />
        <span>{text}</span>
      </label>
    ))}
  </fieldset>
);

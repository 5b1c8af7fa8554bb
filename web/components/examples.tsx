const examples = ["라벨 붙은 투명 페트병", "깨진 유리컵", "다 쓴 건전지"];

interface Props {
  disabled: boolean;
  onPick: (words: string) => void;
}

/** Buttons that fill in an example. */
export const Examples = ({ disabled, onPick }: Props) => (
  <ul class="examples" aria-label="예시">
    {examples.map((words) => (
      <li key={words}>
        <button type="button" disabled={disabled} onClick={() => onPick(words)}>
          {words}
        </button>
      </li>
    ))}
  </ul>
);

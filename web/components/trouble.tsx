interface Props {
  tone: "waiting" | "bad";
  words: string;
  /** Goes to the small print. */
  code: string | null;
}

/** What is wrong, in plain words. */
export const Trouble = ({ tone, words, code }: Props) => (
  <div class={`trouble ${tone}`}>
    <p>{words}</p>
    {code && <p class="code">오류 코드 {code}</p>}
  </div>
);

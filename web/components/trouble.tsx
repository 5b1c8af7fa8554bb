import { Details } from "./details.tsx";

interface Props {
  tone: "waiting" | "bad";
  words: string;
  details?: string[];
  /** Goes to the small print. */
  code: string | null;
}

/** What is wrong, in plain words. */
export const Trouble = ({ tone, words, details = [], code }: Props) => (
  <div class={`trouble ${tone}`}>
    <p>{words}</p>
    <Details details={details} />
    {code && <p class="code">오류 코드 {code}</p>}
  </div>
);

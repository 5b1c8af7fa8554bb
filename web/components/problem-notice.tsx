import { DetailLine } from "./detail-line.tsx";

interface Props {
  tone: "waiting" | "bad";
  words: string;
  details?: string[];
  /** Shown in small print. */
  code: string | null;
}

/** A problem in plain words. */
export const ProblemNotice = ({ tone, words, details = [], code }: Props) => (
  <div class={`problem ${tone}`}>
    <p>{words}</p>
    <DetailLine details={details} />
    {code && <p class="code">오류 코드 {code}</p>}
  </div>
);

import { loginAddress } from "../session.ts";
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
    {code === "UNAUTHORIZED" && loginAddress() !== null && (
      <p>
        <a href={loginAddress() ?? ""}>로그인하러 가기</a>
      </p>
    )}
    {code && <p class="code">오류 코드 {code}</p>}
  </div>
);

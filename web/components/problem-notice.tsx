import { isLoopbackHost } from "../../src/auth/loopback.ts";
import { loginAddress } from "../session.ts";
import { DetailLine } from "./detail-line.tsx";

interface Props {
  tone: "waiting" | "bad";
  words: string;
  details?: string[];
  /** Shown in small print. */
  code: string | null;
}

/** A server of this machine, which asks a developer for the key of its start. */
const isLocal = isLoopbackHost(location.hostname);

/** A problem in plain words. */
export const ProblemNotice = ({ tone, words, details = [], code }: Props) => (
  <div class={`problem ${tone}`}>
    <p>{words}</p>
    <DetailLine details={details} />
    {code === "UNAUTHORIZED" && loginAddress() !== null && (
      <a class="primary" href={loginAddress() ?? ""}>
        로그인하러 가기
      </a>
    )}
    {code === "UNAUTHORIZED" && isLocal && (
      <p>개발 서버라면 npm start가 알려 준 주소로 열어 주세요.</p>
    )}
    {code && <p class="code">오류 코드 {code}</p>}
  </div>
);

import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import { sleep } from "../../client/src/sleep.ts";
import { ProblemNotice } from "../components/problem-notice.tsx";
import { forgetBrowser } from "../forget-browser.ts";
import { client } from "../resident-client.ts";
import { problemMessage } from "../../client/src/ko.ts";

const pollMs = 1_000;

type Phase = "idle" | "asked" | "running" | "done" | ApiError;

/** Erases everything that the server and this browser keep of the resident, after a second press. */
export function EraseMe({ onErasing }: { onErasing: () => void }) {
  const [phase, setPhase] = useState<Phase>("idle");
  const left = useRef(new AbortController());
  useLayoutEffect(() => () => left.current?.abort(), []);

  async function erase() {
    setPhase("running");
    const signal = left.current?.signal;
    try {
      const { id } = await client.forgetMe();
      await forgetBrowser();
      onErasing();
      for (;;) {
        const { status } = await client.erasure(id, { signal });
        if (status === "done") return setPhase("done");
        await sleep(pollMs, signal);
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      setPhase(error);
    }
  }

  const failed = phase instanceof ApiError;
  return (
    <section class="card erase" aria-label="내 기록 지우기">
      <h2>모두 지우기</h2>
      <p class="hint">
        사진, 기록, 만난 캐릭터, 별명과 전화번호를 서버와 이 브라우저에서 지워요. 되돌릴 수 없어요.
      </p>
      <div role="alert">{failed && <ProblemNotice tone="bad" {...problemMessage(phase)} />}</div>
      {(phase === "idle" || failed) && (
        <button type="button" class="quiet danger" onClick={() => setPhase("asked")}>
          내 기록 모두 지우기
        </button>
      )}
      {phase === "asked" && (
        <div class="erase-choice">
          <button type="button" class="danger-strong" onClick={() => void erase()}>
            네, 모두 지울게요
          </button>
          <button type="button" class="quiet" onClick={() => setPhase("idle")}>
            그만두기
          </button>
        </div>
      )}
      <p role="status">
        {phase === "running" && "지우고 있어요…"}
        {phase === "done" && "모두 지웠어요. 다시 오면 새로 시작해요."}
      </p>
    </section>
  );
}

import { Character } from "../characters/character.tsx";
import { expectedTime } from "../expected-time.ts";
import { factOf } from "../words/facts.ts";

/** Takes the place of the answer until it begins: how long that takes, and something to read meanwhile. */
export const AnswerPlaceholder = ({ jobId, parked }: { jobId: string; parked: boolean }) => (
  <div class="answer-placeholder">
    <Character name="이코" />
    <p>배출 방법이 여기에 나타나요.</p>
    <p class="hint">{parked ? "다시 시작될 때까지 시간이 걸릴 수 있어요." : expectedTime()}</p>
    <p class="fact">
      <strong>알고 있었나요?</strong> {factOf(jobId)}
    </p>
  </div>
);

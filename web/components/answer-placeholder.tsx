import { Character } from "../characters/character.tsx";

/** Takes the place of the answer until it begins. */
export const AnswerPlaceholder = () => (
  <div class="answer-placeholder">
    <Character name="이코" />
    <p>배출 방법이 여기에 나타나요.</p>
  </div>
);

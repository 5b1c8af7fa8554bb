import { Character } from "./character.tsx";

/** Stands where the answer will be. */
export const Waiting = () => (
  <div class="waiting-for">
    <Character name="이코" />
    <p>배출 방법이 여기에 나타나요.</p>
  </div>
);

import { sentencesOf } from "../words/sentences.ts";
import { Character } from "./character.tsx";

interface Props {
  text: string;
  /** Whether more of it is to come. */
  writing: boolean;
  hint: string | null;
}

/**
 * 이코's words. While they are being written a screen reader is told each sentence once, when it is
 * whole: the one that grows is hidden from it.
 */
export function Says({ text, writing, hint }: Props) {
  // Half of a character outside the basic plane has no shape yet.
  const sentences = sentencesOf(text.replace(/[\uD800-\uDBFF]$/, ""));
  return (
    <section class={writing ? "says writing" : "says"} aria-label="이코의 한마디">
      <Character name="이코" />
      <div class="bubble">
        <p aria-live="polite">
          {sentences.map((sentence, index) => (
            <span
              key={index}
              aria-hidden={writing && index === sentences.length - 1 ? "true" : undefined}
            >
              {sentence}
            </span>
          ))}
        </p>
        {hint && <p class="hint">{hint}</p>}
      </div>
    </section>
  );
}

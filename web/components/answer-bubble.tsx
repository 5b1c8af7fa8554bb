import { useGrowingText } from "../use-growing-text.ts";
import { sentencesOf } from "../words/sentences.ts";
import { PhoneLinks } from "./phone-links.tsx";
import { Character } from "../characters/character.tsx";

interface Props {
  text: string;
  /** Whether the text is still being generated. */
  partial: boolean;
  hint: string | null;
}

/**
 * The answer, spoken by 이코. While it is generated, the last sentence is hidden from screen readers, so
 * that they read each sentence once and whole.
 */
export function AnswerBubble({ text, partial, hint }: Props) {
  // A chunk may end within a surrogate pair.
  const sentences = sentencesOf(useGrowingText(text, partial).replace(/[\uD800-\uDBFF]$/, ""));
  return (
    <section class={partial ? "answer-bubble partial" : "answer-bubble"} aria-label="이코의 한마디">
      <Character name="이코" />
      <div class="bubble">
        <p aria-live="polite">
          {sentences.map((sentence, index) => (
            <span
              key={index}
              aria-hidden={partial && index === sentences.length - 1 ? "true" : undefined}
            >
              <PhoneLinks text={sentence} />
            </span>
          ))}
        </p>
        {hint && <p class="hint">{hint}</p>}
      </div>
    </section>
  );
}

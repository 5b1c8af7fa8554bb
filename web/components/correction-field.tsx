import { useLayoutEffect, useRef } from "hono/jsx/dom";

interface Props {
  inert: "true" | undefined;
  /** Why the words that were sent do not help. */
  problem: string | null;
  onSend: (words: string) => void;
}

/** What the item is, in the resident's words. */
export function CorrectionField({ inert, problem, onSend }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => input.current?.focus(), [problem]);

  function send(event: Event) {
    event.preventDefault();
    const words = input.current?.value.trim();
    if (words) onSend(words);
    else input.current?.focus();
  }

  return (
    <form class="correction" onSubmit={send}>
      <label class="field-name" for="correction">
        무엇인지 적어 주세요
      </label>
      <div>
        <input
          id="correction"
          ref={input}
          maxlength={200}
          autocomplete="off"
          placeholder="예: 깨진 유리컵"
          aria-invalid={problem ? "true" : undefined}
          aria-describedby="correction-problem"
        />
        <button type="submit" class="primary" aria-disabled={inert}>
          보내기
        </button>
      </div>
      <p id="correction-problem" class="field-problem" role="alert">
        {problem}
      </p>
    </form>
  );
}

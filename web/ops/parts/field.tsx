import type { Child } from "hono/jsx";
import { useId } from "hono/jsx/dom";

interface Props {
  label: string;
  hint?: string;
  children: (attributes: { id: string; "aria-describedby"?: string }) => Child;
}

/** A form control with its label and hint. */
export function Field({ label, hint, children }: Props) {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(hint === undefined ? { id } : { id, "aria-describedby": hintId })}
      {hint !== undefined && (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

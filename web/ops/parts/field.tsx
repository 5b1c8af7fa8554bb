import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import { useId } from "hono/jsx/dom";

type Input = JSX.IntrinsicElements["input"];

interface Props extends Input {
  label: string;
  hint?: string;
  /** A control other than the input. */
  control?: (attributes: Input) => Child;
}

/** A form control with its label and hint; further attributes are the control's. */
export function Field({
  label,
  hint,
  control = (attributes) => <input {...attributes} />,
  ...attributes
}: Props) {
  const id = useId();
  const hintId = hint && `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {control({ ...attributes, id, "aria-describedby": hintId })}
      {hint && (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

import type { Child } from "hono/jsx";
import { FormError } from "./form-error.tsx";
import { fieldsOf } from "./form-fields.ts";
import { useAction } from "./use-action.ts";

interface Props {
  submit: string;
  /** The submit button's text while the request is pending. */
  pending: string;
  cancel?: string;
  tone?: "primary" | "danger";
  disabled?: boolean;
  hidden?: boolean;
  onSubmit: (textOf: (name: string) => string) => Promise<void>;
  /** Another action on the same, with a button of its own. */
  other?: { submit: string; act: () => Promise<void> } | undefined;
  onCancel: () => void;
  children: Child;
}

/** The form of an operator's action, with its error and its buttons. */
export function ActionForm(props: Props) {
  const { submit, pending, cancel = "Cancel", tone = "primary", disabled = false } = props;
  const { busy, error, act } = useAction();
  const otherAct = async () => props.other?.act();
  return (
    <form
      hidden={props.hidden}
      onSubmit={(event: Event) => {
        event.preventDefault();
        const textOf = fieldsOf(event);
        act(() => props.onSubmit(textOf));
      }}
    >
      {props.children}
      <FormError error={error} />
      <p class="actions">
        <button type="submit" class={tone} disabled={busy || disabled}>
          {busy ? pending : submit}
        </button>
        {props.other && (
          <button type="button" disabled={busy || disabled} onClick={() => act(otherAct)}>
            {props.other.submit}
          </button>
        )}
        <button type="button" onClick={props.onCancel}>
          {cancel}
        </button>
      </p>
    </form>
  );
}

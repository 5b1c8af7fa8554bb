import type { Child } from "hono/jsx";
import { useId, useEffect, useRef } from "hono/jsx/dom";

interface Props {
  title: string;
  /** Called when the dialog is closed and the focus is back. */
  onClosed: () => void;
  children: (close: () => void) => Child;
}

/** A modal dialog; Escape closes it, too. */
export function Modal({ title, onClosed, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Not a layout effect, which may run before the dialog is in the page.
  useEffect(() => {
    const { current: element } = dialog;
    if (!element || element.open) return;
    element.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClosed}>
      <h2 id={id}>{title}</h2>
      {children(() => dialog.current?.close())}
    </dialog>
  );
}

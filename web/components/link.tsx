import type { Child } from "hono/jsx";
import { navigate } from "../route.ts";

interface Props {
  href: string;
  class?: string;
  /** Whether it leads to the page that is shown. */
  current?: boolean;
  label?: string;
  /** Called before its page is shown. */
  onFollow?: (() => void) | undefined;
  children: Child;
}

/** A link within the application. Keys and buttons that open another tab do so. */
export function Link({ href, current, label, onFollow, children, class: name }: Props) {
  function follow(event: MouseEvent) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    onFollow?.();
    navigate(href);
  }
  return (
    <a
      href={href}
      class={name}
      aria-label={label}
      aria-current={current ? "page" : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}

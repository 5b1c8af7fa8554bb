import type { Child } from "hono/jsx";
import { render } from "hono/jsx/dom";

/** Renders the page's application. */
export function mount(app: Child): void {
  const root = document.querySelector<HTMLElement>("#root");
  if (!root) throw new Error("The page has no #root");
  render(app, root);
}

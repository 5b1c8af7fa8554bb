const typed = "input:not([type=checkbox]), select, textarea, dialog[open] *";

/** Keys of the list: `/` goes to the search, arrows and j, k go through the jobs, Space or x ticks one. */
export function moveByKeys(event: KeyboardEvent): void {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (ctrlKey || metaKey || altKey || document.querySelector("dialog[open]")) return;
  if (target instanceof Element && target.matches(typed)) {
    if (key === "Escape" && target instanceof HTMLElement) target.blur();
    return;
  }
  const act = actions[key];
  if (!act) return;
  const links = Array.from(document.querySelectorAll<HTMLElement>(".row-link"));
  const at = links.findIndex((link) => link.closest("tr")?.contains(document.activeElement));
  if (act(links, at)) event.preventDefault();
}

/** Whether it did something. */
type Act = (links: readonly HTMLElement[], at: number) => boolean;

const focus = (element: HTMLElement | null | undefined): boolean => {
  element?.focus();
  return element !== null && element !== undefined;
};
const next: Act = (links, at) => focus(links[Math.min(at + 1, links.length - 1)]);
const before: Act = (links, at) => focus(links[Math.max(at - 1, 0)]);
/** A box has the key for itself. */
const tick: Act = (links, at) => {
  const box = links[at]?.closest("tr")?.querySelector<HTMLInputElement>("[type=checkbox]");
  if (!box || document.activeElement === box) return false;
  box.click();
  return true;
};

const actions: Readonly<Record<string, Act>> = {
  "/": () => focus(document.querySelector<HTMLElement>("[role=search] input")),
  ArrowDown: next,
  j: next,
  ArrowUp: before,
  k: before,
  " ": tick,
  x: tick,
};

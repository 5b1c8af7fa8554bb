/** What takes the focus of something in it that disappears: it has a name that is read then. */
const places = "details, fieldset, [aria-label], [aria-labelledby]";

/**
 * Keeps the focus near the resident. What has it may disappear when it is pressed, or be disabled for a while: the
 * browser then focuses nothing, and a screen reader loses its place. The focus goes to what is left around, or to the
 * heading of the page, and back to what is enabled again.
 */
export function keepFocus(): void {
  /** What has the focus, and what that is in, from the inside out. */
  let path: HTMLElement[] = [];

  document.addEventListener("focusin", ({ target }) => {
    path = [];
    for (let it = target; it instanceof HTMLElement; it = it.parentElement) path.push(it);
  });
  document.addEventListener("focusout", ({ target }) =>
    queueMicrotask(() => {
      // What disappears is gone by now. The resident has left what is still there.
      if (path[0] === target && isUsable(path[0])) path = [];
    }),
  );

  const observer = new MutationObserver(() => {
    const [focused, ...around] = path;
    if (!focused || document.activeElement !== document.body) return;
    if (isUsable(focused)) focused.focus({ preventScroll: true });
    else if (!focused.isConnected) placeIn(around)?.focus({ preventScroll: true });
  });
  observer.observe(document, { childList: true, subtree: true, attributeFilter: ["disabled"] });
}

const isUsable = (element: HTMLElement | undefined): boolean =>
  element !== undefined && element.isConnected && !element.matches(":disabled");

function placeIn(around: readonly HTMLElement[]): HTMLElement | null {
  const named = around.find((it) => it.isConnected && it.matches(places));
  if (!named) return document.querySelector("h1");
  const summary = named.querySelector<HTMLElement>(":scope > summary");
  if (!summary) named.tabIndex = -1;
  return summary ?? named;
}

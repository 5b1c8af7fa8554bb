/** What runs in the page. */

declare global {
  /** What the page has told of its scan so far, in order. */
  var told: string[];
  /** How the answer's words have stood so far, in order. */
  var written: string[];
}

export function recordWhatIsTold() {
  globalThis.told = [];
  globalThis.written = [];
  const recorded = [
    [".telling", globalThis.told],
    [".bubble > p", globalThis.written],
  ] as const;
  const seeing = new MutationObserver(() => {
    for (const [selector, texts] of recorded) {
      const text = document.querySelector(selector)?.textContent;
      if (text && text !== texts.at(-1)) texts.push(text);
    }
  });
  seeing.observe(document, { childList: true, subtree: true, characterData: true });
}

/** What a browser says of a tab that goes into the background, or comes back. */
export function hide(hidden: boolean) {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

/** Where the button to cancel stands at the moment that the page tells something else. */
export function placeWhenToldMore(): Promise<number | undefined> {
  return new Promise((resolve) => {
    const telling = document.querySelector(".telling");
    if (!telling) throw new Error("Nothing is told");
    const seeing = new MutationObserver(() => {
      resolve(document.querySelector(".cancel button")?.getBoundingClientRect().top);
      seeing.disconnect();
    });
    seeing.observe(telling, { childList: true, subtree: true, characterData: true });
  });
}

export function socketThatThrows() {
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct() {
      throw new DOMException("blocked", "SecurityError");
    },
  });
}

export function socketThatNeverOpens() {
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct: (Socket) => new Socket(`ws://${location.host}/nowhere`),
  });
}

// These functions run in the page.

declare global {
  /** The texts that the scan's status has had. */
  var statusTexts: string[];
  /** The texts that the answer has had. */
  var answerTexts: string[];
}

export function recordTexts() {
  globalThis.statusTexts = [];
  globalThis.answerTexts = [];
  const elements = [
    [".scan-status", globalThis.statusTexts],
    [".bubble > p", globalThis.answerTexts],
  ] as const;
  const observer = new MutationObserver(() => {
    for (const [selector, texts] of elements) {
      const text = document.querySelector(selector)?.textContent;
      if (text && text !== texts.at(-1)) texts.push(text);
    }
  });
  observer.observe(document, { childList: true, subtree: true, characterData: true });
}

/** Moves the tab to the background, or back. */
export function setHidden(hidden: boolean) {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

/** The top of the cancel button at the moment when the status changes. */
export function cancelTopAtNextStatus(): Promise<number | undefined> {
  return new Promise((resolve) => {
    const status = document.querySelector(".scan-status");
    if (!status) throw new Error("There is no status");
    const observer = new MutationObserver(() => {
      resolve(document.querySelector(".cancel button")?.getBoundingClientRect().top);
      observer.disconnect();
    });
    observer.observe(status, { childList: true, subtree: true, characterData: true });
  });
}

export function makeSocketsThrow() {
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct() {
      throw new DOMException("blocked", "SecurityError");
    },
  });
}

export function makeSocketsNeverOpen() {
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct: (Socket) => new Socket(`ws://${location.host}/nowhere`),
  });
}

/** The paths of everything that the page's service worker keeps, with what is behind their question marks. */
export async function keptPaths(): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      const { pathname, search } = new URL(url);
      paths.push(pathname + search);
    }
  }
  return paths;
}

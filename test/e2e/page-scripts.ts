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

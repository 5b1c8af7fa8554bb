interface Told {
  addEventListener: (type: string, listener: () => void) => void;
  removeEventListener: (type: string, listener: () => void) => void;
}

/** What there is where the client runs in a page; nothing of it in Node and in Workers. */
export interface Page {
  location?: { origin: string };
  document?: Told & { hidden: boolean };
  window?: Told;
}

const place: object = globalThis;
export const page: Page = place;

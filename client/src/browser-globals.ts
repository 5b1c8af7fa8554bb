interface Target {
  addEventListener: (type: string, listener: () => void) => void;
  removeEventListener: (type: string, listener: () => void) => void;
}

/** The browser's globals that the client uses; Node and Workers have none of them. */
interface BrowserGlobals {
  location?: { origin: string };
  document?: Target & { hidden: boolean };
  window?: Target;
}

const globals: object = globalThis;
export const browserGlobals: BrowserGlobals = globals;

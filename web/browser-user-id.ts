import { randomId } from "../client/src/random-id.ts";
import { browserStorage } from "./browser-storage.ts";

const store = browserStorage("localStorage", "eco2-user");

function createUserId(): string {
  const id = `web-${randomId()}`;
  store.write(id);
  return id;
}

/** The user id of this browser. */
export const userId = store.read() ?? createUserId();

import { kept } from "./kept.ts";
import { randomId } from "./random-id.ts";

const store = kept("localStorage", "eco2-user");

function newUser(): string {
  const id = `web-${randomId()}`;
  store.write(id);
  return id;
}

/** Who this browser is to the server. */
export const userId = store.read() ?? newUser();

import { randomId } from "../client/src/random-id.ts";
import { kept } from "./kept.ts";

const store = kept("localStorage", "eco2-user");

function newUser(): string {
  const id = `web-${randomId()}`;
  store.write(id);
  return id;
}

/** Who this browser is to the server. */
export const userId = store.read() ?? newUser();

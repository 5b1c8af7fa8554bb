import { createClient } from "../client/src/eco2-edge-client.ts";
import { userId } from "./browser-user-id.ts";
import { sendWithSession } from "./session.ts";

/** The API of the page's own origin, with this browser's session, or its user id. */
export const client = createClient({
  userId,
  fetch: sendWithSession,
  // It is opened by an address with a token.
  WebSocket: globalThis.WebSocket,
});

import { createClient } from "../client/src/eco2-edge-client.ts";
import { userId } from "./browser-user-id.ts";

/** The API of the page's own origin, with this browser's user id. */
export const client = createClient({ userId });

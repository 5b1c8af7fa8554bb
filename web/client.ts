import { createClient } from "../client/src/index.ts";
import { userId } from "./user-id.ts";

/** Speaks to the server that the page came from, as who this browser is. */
export const client = createClient({ userId });

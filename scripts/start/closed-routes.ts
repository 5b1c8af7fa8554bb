import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Opens the routes of the development server itself: of this start, and known to who fires its crons. */
const startKey = process.env["START_KEY"] || randomBytes(32).toString("base64url");

const closing = pathToFileURL(join(import.meta.dirname, "close-dev-routes.ts")).href;

/** The environment in which `wrangler dev` serves those routes to who sends the key alone. */
export const closingRoutes = {
  START_KEY: startKey,
  NODE_OPTIONS: [process.env["NODE_OPTIONS"], `--import=${closing}`].filter(Boolean).join(" "),
};

/** The headers of a request to them. */
export const withStartKey = { "x-start-key": startKey };

import { auth } from "./auth.ts";
import { erasures } from "./erasures.ts";
import { events } from "./events.ts";
import { images } from "./images.ts";
import { metrics } from "./metrics.ts";
import type { Resource } from "./operation.ts";
import { regulations } from "./regulations.ts";
import { users } from "./users.ts";

/** Every resource of the API, in the order in which they are shown. */
export const resources: readonly Resource[] = [
  images,
  regulations,
  users,
  erasures,
  auth,
  events,
  metrics,
];

import { Cron } from "croner";
import { withStartKey } from "./closed-routes.ts";

/** A local server fires no crons by itself: they are fired on their schedule from here. */
export function fireCrons(url: string, crons: readonly string[]): void {
  for (const cron of crons) {
    void new Cron(cron, { unref: true }, async () => {
      const handler = new URL("/cdn-cgi/handler/scheduled", url);
      handler.searchParams.set("cron", cron);
      // A server that is just being restarted is called at the next time.
      const response = await fetch(handler, { headers: withStartKey }).catch(() => null);
      if (response && !response.ok) console.error(`The cron ${cron} answered ${response.status}`);
    });
  }
}

import { Hono } from "hono";
import { cloudEventOf } from "../events/cloud-event.ts";
import { awaitFeed, FeedQuery } from "../events/event-feed.ts";
import { requireToken } from "./require-token.ts";
import { invalid } from "./problem.ts";

/**
 * The event log from a cursor on, for other systems, as a batch of CloudEvents. `X-Next-Cursor` is the
 * cursor for the next request, also when the page is empty. `X-Oldest-Cursor` is the first cursor that
 * is not archived.
 */
export const events = new Hono<{ Bindings: Env }>()
  .use(requireToken("EVENTS_TOKEN"))

  .get("/", async (c) => {
    const { type, ...single } = c.req.queries();
    const query = FeedQuery.safeParse({
      ...Object.fromEntries(Object.entries(single).map(([name, values]) => [name, values.at(-1)])),
      ...(type && { type }),
    });
    if (!query.success) throw invalid(query.error);
    const { wait, type: types, after, limit } = query.data;
    const asked = { after, limit, types };
    const { events, next, oldest } = await awaitFeed(
      c.env.DB,
      asked,
      wait * 1000,
      c.req.raw.signal,
    );
    const following = new URL(c.req.url);
    following.searchParams.set("after", String(next));
    return c.body(JSON.stringify(events.map(cloudEventOf)), 200, {
      "content-type": "application/cloudevents-batch+json",
      "cache-control": "no-store",
      "x-next-cursor": String(next),
      ...(oldest !== null && { "x-oldest-cursor": String(oldest) }),
      link: `<${following.pathname}${following.search}>; rel="next"`,
    });
  });

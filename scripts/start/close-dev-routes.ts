/**
 * Loaded into `wrangler dev` before anything else. The development server opens routes of its own beside the Worker:
 * they fire crons, deliver mail and read every R2 object, for whoever reaches the port, and no option closes them.
 * This wraps the entry of the local simulator, which each request passes, so that they are there only for who sends
 * the key of this start. It also leaves the key of users in a browser that opens a page here.
 */
import fs from "node:fs";
import { devKeyPath } from "./dev-key.ts";

const entry = /[\\/]miniflare[\\/]dist[\\/]src[\\/]workers[\\/]core[\\/]entry\.worker\.js$/;
const exported = "entry_worker_default as default";

/** Runs in workerd, around the simulator's own entry. */
const closedToOthers = (key: string, devKey: string) => `
const devKey = ${JSON.stringify(devKey)};
const keyCookie = "dev_key=" + encodeURIComponent(devKey) + "; Path=/; HttpOnly; SameSite=Strict";
/** Leaves the key in the browser that opens the address of npm start, and shows the page. */
const withDevKey = (url) => devKey !== "" && url.searchParams.get("key") === devKey
  ? new Response(null, { status: 303, headers: {
      "Location": "/", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Set-Cookie": keyCookie,
    } })
  : new Response("This is not the key of the running server: open the address that npm start printed.", { status: 401 });
/** Whether somebody opens a page: no script and no other site can send these headers. */
const opensPage = ({ headers }) => headers.get("Sec-Fetch-Mode") === "navigate"
  && headers.get("Sec-Fetch-Dest") === "document"
  && ["none", "same-origin"].includes(headers.get("Sec-Fetch-Site"));
function withCookie(served) {
  const page = new Response(served.body, served);
  page.headers.append("Set-Cookie", keyCookie);
  return page;
}
const closedToOthers = { async fetch(request, env, ctx) {
  const served = (of) => entry_worker_default.fetch(of, env, ctx);
  const notThere = () => new Response("Not Found", { status: 404 });
  const url = new URL(request.url);
  const { pathname } = url;
  // Each of these has a secret of its own, which is checked behind.
  if (pathname.startsWith("/cdn-cgi/ProxyWorker/") || request.headers.has("MF-Op-Secret")) return served(request);
  // The inner server: what does not come by way of the outer one could claim any address.
  if (env.MINIFLARE_PROXY_SHARED_SECRET !== undefined) {
    return request.headers.has("MF-Proxy-Shared-Secret") ? served(request) : notThere();
  }
  const ofServer = /^\\/(?:cdn-cgi|__cf_local)(?:[\\/\\\\]|$)/i.test(pathname);
  if (ofServer && request.headers.get("X-Start-Key") !== ${JSON.stringify(key)}) return notThere();
  if (pathname === "${devKeyPath}") return withDevKey(url);
  const headers = new Headers(request.headers);
  for (const name of request.headers.keys()) if (name.startsWith("mf-")) headers.delete(name);
  const response = await served(new Request(request, { headers }));
  return devKey !== "" && opensPage(request) ? withCookie(response) : response;
} };
`;

/** @throws when the simulator is another than this was written for: nothing is to be open by mistake. */
function wrapped(source: string, key: string, devKey: string): string {
  const parts = source.split(exported);
  if (parts.length !== 2) throw new Error("Miniflare's entry has changed: see close-dev-routes.ts");
  return `${parts.join("closedToOthers as default")}\n${closedToOthers(key, devKey)}`;
}

const key = process.env["START_KEY"];
if (!key) throw new Error("START_KEY is not set");

Object.defineProperty(fs, "readFileSync", {
  value: new Proxy(fs.readFileSync, {
    apply(target, self, parameters: unknown[]) {
      const content: unknown = Reflect.apply(target, self, parameters);
      return entry.test(String(parameters[0]))
        ? wrapped(String(content), key, process.env["DEV_KEY"] ?? "")
        : content;
    },
  }),
});

import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Server, startServer } from "./start-server.ts";

/** Every route that wrangler and its simulator serve beside a Worker, by today's and older names. */
const routes = [
  "/cdn-cgi/handler/scheduled",
  "/cdn-cgi/handler/scheduled?cron=*/5+*+*+*+*",
  "/cdn-cgi/local/scheduled",
  "/cdn-cgi/mf/scheduled",
  "/cdn-cgi/handler/email?from=a@example.com&to=b@example.com",
  "/cdn-cgi/local/email?from=a@example.com&to=b@example.com",
  "/cdn-cgi/local/explorer",
  "/cdn-cgi/local/explorer/api",
  "/cdn-cgi/local/explorer/api/d1/database",
  "/cdn-cgi/explorer",
  "/cdn-cgi/explorer/api",
  "/cdn-cgi/local/r2/public/eco2-edge-images/x",
  "/cdn-cgi/local/r2/public/eco2-edge-events/events",
  "/cdn-cgi/local/r2/s3/eco2-edge-images",
  "/cdn-cgi/local/platform-proxy",
  "/cdn-cgi/platform-proxy",
  "/cdn-cgi/live-reload",
  "/cdn-cgi/mf/stream",
  "/cdn-cgi/mf/imagedelivery/x",
  "/cdn-cgi/mf/reload",
  "/cdn-cgi/trace",
  "/cdn-cgi",
  "/cdn-cgi/",
  "/CDN-CGI/handler/scheduled",
  "/x/../cdn-cgi/handler/scheduled",
  "/%2e/cdn-cgi/handler/scheduled",
  "/cdn-cgi\\handler/scheduled",
  "/__cf_local/stream",
  "/__cf_local/imagedelivery/x",
  "/__cf_local/imageupload/x",
];

/** Headers that the simulator takes from its own parts. */
const internal: Record<string, string>[] = [
  { "MF-Original-URL": "http://localhost/cdn-cgi/handler/scheduled" },
  { "MF-Route-Override": "eco2-edge" },
  { "MF-CF-Blob": "{" },
  { "MF-Proxy-Shared-Secret": "guess" },
  { "MF-Access-Blob": "{" },
  { "MF-Disable-Pretty-Error": "1" },
];

describe("a server of npm start", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  /** Without normalising the path, as `fetch` would. */
  async function ask(path: string, method: string, headers: Record<string, string> = {}) {
    const { hostname, port } = new URL(server.url);
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    sent.on("error", reject).end();
    return promise;
  }

  it.each(routes)("does not serve %s to others", async (path) => {
    for (const method of ["GET", "POST"]) {
      for (const key of [undefined, "", "guess"]) {
        const { status } = await ask(path, method, key === undefined ? {} : { "X-Start-Key": key });
        expect(status).toBe(404);
      }
    }
  });

  it.each(internal)("does not believe %j of others", async (headers) => {
    const { status, body } = await ask("/health", "GET", headers);
    expect({ status, body: JSON.parse(body) as unknown }).toEqual({
      status: 200,
      body: { status: "ok", service: "eco2-edge" },
    });
  });

  it("runs no operation on its bindings without the simulator's secret", async () => {
    const { status } = await ask("/cdn-cgi/local/platform-proxy", "GET", {
      "MF-Op": "GET",
      "MF-Op-Secret": "00".repeat(16),
    });
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it("fires crons for who started it", async () => {
    expect((await server.fireCron("*/5 * * * *")).status).toBe(200);
  });
});

import { createServer, type Server as HttpServer } from "node:http";
import { once } from "node:events";
import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { type Server, startServer } from "./start-server.ts";

/** What the front end's waiting page did. */
interface Outcome {
  /** Its requests in order, with the status of each response. */
  calls: string[];
  /** The events it received, in order. */
  stages: string[];
  /** The page it goes to next, with the data of the result. */
  left: { to: "answer" | "home"; name?: string; character?: string; steps?: string[] };
}

/** The part of a result that the front end reads. */
interface Result {
  pipeline_result: {
    classification_result: { classification: { middle_category: string } };
    final_answer: { disposal_steps: Record<string, string> };
  } | null;
  reward: { name: string } | null;
}

/**
 * Sends the requests of the existing front end, in a page of another origin: with cookies only, and with
 * an `EventSource` with credentials. After a 401 it refreshes the session and repeats the request without
 * limit; here it stops after some requests.
 */
function frontEnd({ base, words }: { base: string; words: string | null }): Promise<Outcome> {
  const calls: string[] = [];
  const stages: string[] = [];
  async function call(method: string, path: string, body?: object): Promise<Response> {
    if (calls.length > 30) throw new Error(`Endless loop: ${calls.join(", ")}`);
    const response = await fetch(base + path, {
      method,
      credentials: "include",
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const [route = ""] = path.split("?");
    calls.push(`${method} ${route.replaceAll(/[0-9a-f-]{30,}/g, ":id")} ${response.status}`);
    if (response.status !== 401 || path.includes("auth/")) return response;
    const renewed = await call("POST", "/api/v1/auth/refresh");
    if (!renewed.ok) throw new Error("logged out");
    return call(method, path, body);
  }
  const drawn = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 32;
    canvas.getContext("2d")?.fillRect(4, 4, 20, 20);
    return new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  };

  return (async (): Promise<Outcome> => {
    const upload = await call("POST", "/api/v1/images/scan", {
      filename: "waste.png",
      content_type: "image/png",
    });
    const image: { upload_url: string; cdn_url: string } = await upload.json();
    // As it is, without its API's base.
    const put = await fetch(image.upload_url, {
      method: "PUT",
      headers: { "Content-Type": "image/png" },
      body: await drawn(),
    });
    calls.push(`PUT ${put.status}`);
    const submitted = await call("POST", "/api/v1/scan", {
      image_url: image.cdn_url,
      ...(words !== null && { user_input: words }),
    });
    const { stream_url, result_url }: { stream_url: string; result_url: string } =
      await submitted.json();
    const id = result_url.split("/").at(-2);
    const resultPath = `/api/v1/scan/${id}/result`;

    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const leave = (left: Outcome["left"]) => resolve({ calls, stages, left });
    const source = new EventSource(base + stream_url, { withCredentials: true });
    for (const stage of ["queued", "vision", "rule", "answer", "reward", "done"]) {
      source.addEventListener(stage, ({ data }: MessageEvent<string>) => {
        const { status }: { status: string } = JSON.parse(data);
        if (status === "delta") return;
        stages.push(`${stage} ${status}`);
        if (stage !== "done" || status !== "completed") return;
        source.close();
        const read = async (): Promise<Outcome["left"]> => {
          const response = await call("GET", resultPath);
          const { pipeline_result, reward }: Result = await response.json();
          if (response.status !== 200 || !pipeline_result) return { to: "home" };
          const { classification } = pipeline_result.classification_result;
          return {
            to: "answer",
            name: classification.middle_category,
            steps: Object.values(pipeline_result.final_answer.disposal_steps),
            ...(reward && { character: reward.name }),
          };
        };
        read().then(leave, reject);
      });
    }
    source.addEventListener("error", () => reject(new Error("The stream failed")));
    return promise;
  })();
}

/** Serves an empty page of the front end at another origin. */
async function serveOtherOrigin(): Promise<{ origin: string; server: HttpServer }> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>The front end</title>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given");
  return { origin: `http://localhost:${address.port}`, server };
}

describe.skipIf(browserless)("the existing front end, in a browser", () => {
  let model: ModelServer;
  let server: Server;
  let home: Awaited<ReturnType<typeof serveOtherOrigin>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [model, home] = await Promise.all([startModelServer(), serveOtherOrigin()]);
    [server, browser] = await Promise.all([
      startServer({
        env: {
          OPENAI_API_KEY: "sk-test",
          OPENAI_BASE_URL: model.baseURL,
          ALLOWED_ORIGINS: home.origin,
        },
      }),
      launchBrowser(),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    home?.server.close();
    await model?.close();
  });

  beforeEach(async () => {
    const context = await browser.newContext();
    page = await context.newPage();
    await page.goto(home.origin);
  });

  const login = () =>
    page.evaluate(async (base) => {
      const response = await fetch(`${base}/api/v1/auth/dev-login`, {
        method: "POST",
        credentials: "include",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ user_id: `resident-${crypto.randomUUID()}` }),
      });
      return response.status;
    }, server.url);

  it("uploads, scans, follows the stream and shows the answer with its character", async () => {
    expect(await login()).toBe(200);
    const seen = await page.evaluate(frontEnd, { base: server.url, words: null });
    expect(seen.calls).toEqual([
      "POST /api/v1/images/scan 200",
      "PUT 200",
      "POST /api/v1/scan 202",
      "GET /api/v1/scan/:id/result 200",
    ]);
    expect(seen.stages[0]).toBe("queued started");
    expect(seen.stages.at(-1)).toBe("done completed");
    expect(seen.left).toMatchObject({ to: "answer", name: "무색페트병", character: "페티" });
    expect(seen.left.steps?.length).toBeGreaterThan(0);
  });

  it("leaves its waiting page when the scan fails", async () => {
    await login();
    const words = `생수병 [vision:401] {${crypto.randomUUID()}}`;
    const seen = await page.evaluate(frontEnd, { base: server.url, words });
    expect(seen.stages.slice(-2)).toEqual(["vision failed", "done completed"]);
    expect(seen.left).toEqual({ to: "home" });
  });

  it("leaves its waiting page when nothing was recognised", async () => {
    await login();
    const words = `무엇일까요 [vision:unknown] {${crypto.randomUUID()}}`;
    const seen = await page.evaluate(frontEnd, { base: server.url, words });
    expect(seen.stages.slice(-2)).toEqual(["vision failed", "done completed"]);
    expect(seen.left).toEqual({ to: "home" });
  });

  it("leaves its waiting page when the scan is parked", async () => {
    await login();
    const words = `생수병 [answer:malformed] {${crypto.randomUUID()}}`;
    const seen = await page.evaluate(frontEnd, { base: server.url, words });
    expect(seen.stages.slice(-2)).toEqual(["answer parked", "done completed"]);
    expect(seen.left).toEqual({ to: "home" });
  });

  it("scans on the API's own origin, and logs out", async () => {
    await page.goto(server.url);
    expect(await login()).toBe(200);
    const seen = await page.evaluate(frontEnd, { base: server.url, words: null });
    expect(seen.left.to).toBe("answer");
    const loggedOut = await page.evaluate(async () => {
      const response = await fetch("/api/v1/auth/logout", { method: "POST" });
      const { success }: { success: boolean } = await response.json();
      return { success, me: (await fetch("/api/v1/users/me")).status };
    });
    expect(loggedOut).toEqual({ success: true, me: 401 });
  });

  it("refreshes its session when the access cookie has expired, and goes on", async () => {
    await login();
    const context = page.context();
    await context.clearCookies({ name: "s_access" });
    const seen = await page.evaluate(frontEnd, { base: server.url, words: null });
    expect(seen.calls.slice(0, 3)).toEqual([
      "POST /api/v1/images/scan 401",
      "POST /api/v1/auth/refresh 200",
      "POST /api/v1/images/scan 200",
    ]);
    expect(seen.left.to).toBe("answer");
  });

  it("is logged out, without a loop, when the session cannot be refreshed", async () => {
    const outcome = page.evaluate(frontEnd, { base: server.url, words: null });
    await expect(outcome).rejects.toThrow("logged out");
  });

  it("is refused when its origin is not allowed", async () => {
    await login();
    // Those of this machine are allowed on a developer's server.
    const stranger = "http://front-end.example.com/";
    await page.route(stranger, (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
    );
    await page.goto(stranger);
    const outcome = page.evaluate(frontEnd, { base: server.url, words: null });
    await expect(outcome).rejects.toThrow(/Failed to fetch/);
  });
});

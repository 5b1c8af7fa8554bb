import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { type Receiver, startReceiver } from "../node/receiver.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { openPage } from "./open-page.ts";
import { keptPaths } from "./page-scripts.ts";
import { type Server, startServer } from "./start-server.ts";

const Pushed = z.array(z.object({ headers: z.record(z.string(), z.string()), body: z.string() }));
const opsToken = "a token of this test's operators, of 32 bytes";

describe.skipIf(browserless)("the residents' page and its service worker", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  /** Stands in for a push service. */
  let pushService: Receiver;
  let model: ModelServer;
  /** Parks after half a minute, while the other tests run. */
  let parked: string;
  const waiting = "web-waiting";

  beforeAll(async () => {
    model = await startModelServer();
    [server, browser, pushService] = await Promise.all([
      startServer({
        env: {
          OPS_TOKEN: opsToken,
          DEFAULT_MODEL: "offline",
          OPENAI_API_KEY: "sk-test",
          OPENAI_BASE_URL: model.baseURL,
        },
      }),
      launchBrowser(),
      startReceiver(),
    ]);
    const response = await fetch(`${server.url}/api/v1/scan`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-user-id": waiting },
      body: JSON.stringify({ user_input: "생수병 [vision:malformed]", model: "gpt-5.2" }),
    });
    parked = z.object({ job_id: z.string() }).parse(await response.json()).job_id;
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await Promise.all([pushService?.close(), model?.close()]);
  });

  beforeEach(async () => {
    page = await openPage(
      browser,
      { baseURL: server.url, viewport: { width: 390, height: 844 }, serviceWorkers: "allow" },
      [],
    );
    await page.goto("/");
    // All regulations are kept, the last of them the list.
    await expect
      .poll(() => page.evaluate(keptPaths), { timeout: 60_000 })
      .toContain("/api/v1/regulations");
  });

  afterEach(() => page.context().close());

  const outcome = () => page.getByRole("heading", { level: 1, name: /→/ });

  it("opens, searches the rules, puts a photo aside, and sends it when the network is back", async () => {
    await page.context().setOffline(true);
    await page.reload();
    await page.getByRole("heading", { name: "무엇을 버릴까요?" }).waitFor();
    await page.locator("textarea").pressSequentially("우유팩");
    const typed = page.getByRole("region", { name: "바로 보는 배출 방법" });
    await typed.getByText("→ 종이팩 수거함").first().click();
    await typed.getByText(/펼/).first().waitFor();

    await page.locator("textarea").fill("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
    await page.getByLabel("사진 고르기").setInputFiles("scripts/deploy/clear-bottle.jpg");
    await page.getByRole("img", { name: "보낼 사진 미리 보기" }).waitFor();
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
    await page.getByText("연결되면 바로 보낼게요.").waitFor();
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("연결되면 보낼게요").waitFor();
    await page.reload();
    await strip.getByText("연결되면 보낼게요").waitFor();

    await page.context().setOffline(false);
    await strip.getByText("다 됐어요").waitFor();
    await strip.getByRole("link").click();
    await outcome().waitFor();
    await page.getByRole("img", { name: "보낸 사진" }).waitFor();
    expect(await page.evaluate(() => localStorage.getItem("eco2-outbox"))).toBe("[]");
  });

  it("keeps what was put aside when the resident has to log in first", async () => {
    await page.context().setOffline(true);
    await page.locator("textarea").fill("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("연결되면 보낼게요").waitFor();
    await page.context().route("**/api/v1/scan", (route) => route.fulfill({ status: 401 }));
    const refused = page.waitForResponse((response) => response.url().endsWith("/auth/refresh"));
    await page.context().setOffline(false);
    await refused;
    await page.context().unrouteAll();
    await page.reload();
    await strip.getByText("다 됐어요").waitFor();
  });

  it("sends what was put aside in one of two tabs, one after another", async () => {
    await page.context().setOffline(true);
    for (const words of ["깨진 유리컵", "다 쓴 건전지"]) {
      await page.locator("textarea").fill(words);
      await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
      await page.getByText("연결되면 바로 보낼게요.").waitFor();
    }
    const other = await page.context().newPage();
    await other.goto("/collection");
    await other.getByRole("heading", { name: "도감" }).waitFor();
    // What one tab writes may reach another late: this one never learns of it.
    await other.evaluate(() => {
      const outbox = localStorage.getItem("eco2-outbox");
      const kept: Record<string, string | undefined> = localStorage;
      Storage.prototype.getItem = (key) => (key === "eco2-outbox" ? outbox : (kept[key] ?? null));
    });
    let [underWay, most, all] = [0, 0, 0];
    await page.context().route("**/api/v1/scan", async (route) => {
      all++;
      most = Math.max(most, ++underWay);
      const response = await route.fetch();
      underWay--;
      await route.fulfill({ response });
    });
    await page.context().setOffline(false);
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("다 됐어요").nth(1).waitFor();
    // The other tab has had its turn.
    await other.evaluate(() => navigator.locks.request("eco2-outbox", () => {}));
    expect({ most, all }).toEqual({ most: 1, all: 2 });
  });

  it("opens with a damaged outbox, and sends what is whole in it", async () => {
    const store = (text: string) =>
      page.evaluate((outbox) => localStorage.setItem("eco2-outbox", outbox), text);
    await store('[{"id":"cut of');
    await page.reload();
    await page.getByRole("heading", { name: "무엇을 버릴까요?" }).waitFor();

    const whole = { id: crypto.randomUUID(), words: "깨진 유리컵", region: "", hasPhoto: false };
    await store(JSON.stringify([null, { ...whole, words: 1 }, whole]));
    await page.reload();
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("다 됐어요").waitFor();
    expect(await strip.getByRole("listitem").count()).toBe(1);
    expect(await page.evaluate(() => localStorage.getItem("eco2-outbox"))).toBe("[]");
  });

  it("keeps nothing of a person but the resident's own photos", async () => {
    await page.locator("textarea").fill("깨끗이 헹군 투명 페트병, 라벨 뗐어요");
    await page.getByRole("button", { name: "배출 방법 알아보기" }).click();
    await outcome().waitFor();
    for (const name of ["내 기록", "도감", "내 정보"]) {
      await page.getByRole("link", { name }).click();
      await page.getByRole("heading", { name, level: 1 }).waitFor();
    }
    const paths = await page.evaluate(keptPaths);
    expect(
      paths.filter(
        (path) =>
          !/^\/(?:$|assets\/|favicon|icon|api\/v1\/(?:regulations|character\/catalog))/.test(path),
      ),
    ).toEqual([]);
  });

  it("is installable, and shows a new version at once", async () => {
    const manifest = await page.request.get("/manifest.webmanifest");
    expect(manifest.headers()["content-type"]).toContain("application/manifest+json");
    const { icons, start_url }: { icons: { src: string }[]; start_url: string } =
      await manifest.json();
    expect(start_url).toBe("/");
    for (const { src } of icons) expect((await page.request.get(src)).status()).toBe(200);

    await page.evaluate(async () => {
      const cache = await caches.open("eco2-shell");
      await cache.put("/", new Response("<!doctype html><title>old</title>"));
    });
    await page.reload();
    await page.getByRole("heading", { name: "무엇을 버릴까요?" }).waitFor();
    const kept = await page.evaluate(async () => (await caches.match("/"))?.text());
    expect(kept).toContain('id="root"');
  });

  /** The scan that waits, in its user's browser, whose push service is the stand-in. */
  async function openParked(endpoint: string) {
    await page.addInitScript(
      ({ user, url }) => {
        localStorage.setItem("eco2-user", user);
        let subscribed = false;
        const subscription = {
          endpoint: url,
          unsubscribe: () => Promise.resolve((subscribed = false)),
        };
        Object.assign(PushManager.prototype, {
          getSubscription: () => Promise.resolve(subscribed ? subscription : null),
          subscribe: () => {
            subscribed = true;
            return Promise.resolve(subscription);
          },
        });
      },
      { user: waiting, url: endpoint },
    );
    await page.goto(`/s/${parked}`);
    await page.getByRole("heading", { name: "잠시 멈췄어요" }).waitFor({ timeout: 60_000 });
  }

  /** Discards the parked scan, as an operator does. */
  async function discard() {
    const filter = { user_id: waiting };
    const response = await fetch(`${server.url}/api/v1/ops/redrives`, {
      method: "POST",
      headers: { authorization: `Bearer ${opsToken}`, "content-type": "application/json" },
      body: JSON.stringify({ action: "discard", filter, by: "Kim", why: "test" }),
    });
    expect(response.status).toBe(202);
  }

  /** Hands a push to the service worker, as the browser does, and reads what it shows. */
  async function deliverPush(): Promise<{ title: string; body: string; tag: string }[]> {
    const session = await page.context().newCDPSession(page);
    const registered = new Promise<string>((resolve) => {
      session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [first] }) => {
        if (first) resolve(first.registrationId);
      });
    });
    await session.send("ServiceWorker.enable");
    const registrationId = await registered;
    const origin = server.url;
    await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: "" });
    const shown = () =>
      page.evaluate(async () => {
        const all = await (await navigator.serviceWorker.ready).getNotifications();
        return all.map(({ title, body, tag }) => ({ title, body, tag }));
      });
    await expect.poll(shown).not.toEqual([]);
    return shown();
  }

  it(
    "asks for permission by a button alone, and tells the resident when the parked scan has ended",
    {
      timeout: 120_000,
    },
    async () => {
      await page.context().grantPermissions(["notifications"]);
      const endpoint = `${pushService.baseURL}/ok/browser`;
      await page.addInitScript(() => {
        const ask = Notification.requestPermission.bind(Notification);
        Object.assign(globalThis, { asked: 0 });
        Notification.requestPermission = () => {
          Object.assign(globalThis, { asked: 1 });
          return ask();
        };
      });
      await openParked(endpoint);
      const button = page.getByRole("button", { name: "답이 나오면 알려 주세요" });
      await button.waitFor();
      expect(await page.evaluate("asked")).toBe(0);
      // Above the tabs, without scrolling; how long a scan usually takes is not said of one that is parked.
      const box = await button.boundingBox();
      const tabs = await page.getByRole("navigation").boundingBox();
      expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan(tabs?.y ?? 0);
      expect(await page.getByText(/^보통 /).count()).toBe(0);
      await button.click();
      await page.getByText("답이 나오면 알림으로 알려 드릴게요.").waitFor();
      expect(await page.evaluate("asked")).toBe(1);

      await discard();
      const pushes = async () => Pushed.parse(await (await fetch(endpoint)).json());
      await expect.poll(pushes, { timeout: 20_000 }).toHaveLength(1);
      expect((await pushes())[0]).toMatchObject({ body: "", headers: { ttl: "86400" } });
      expect(await deliverPush()).toEqual([
        {
          title: "맡겨 둔 물건: 분석하지 못했어요",
          body: "담당자가 남긴 말이 있어요. 눌러서 보세요.",
          tag: parked,
        },
      ]);
      // The same end is one notification, also when its push comes twice.
      expect(await deliverPush()).toHaveLength(1);
      expect(await pushes()).toHaveLength(1);
    },
  );
});

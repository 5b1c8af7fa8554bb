import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll, expect, it, type RunnerTestCase } from "vitest";
import { type ModelServer, startModelServer } from "../../node/model-server.ts";
import { launchBrowser, launchWholeBrowser } from "../launch-browser.ts";
import { openPage } from "../open-page.ts";
import { type Server, startServer } from "../start-server.ts";
import { describeFailure } from "./describe-failure.ts";
import { type Resident, residentOn } from "./resident.ts";
import { opsToken, type ResidentWay } from "./ways.ts";

/** What the tests of a file share. */
export interface Site {
  server: Server;
  browser: Browser;
  model: ModelServer;
}

export type Open = (options?: BrowserContextOptions) => Promise<Resident>;

interface Fixtures {
  /** Opens a page in a browser of its own; on a phone in Korea, with little motion and without a service worker, unless the options say otherwise. */
  open: Open;
  /** The same in the whole Chromium, which has a camera and shows notifications. */
  openWhole: Open;
  /** A page that was opened so. */
  resident: Resident;
}

export type ResidentTest = ReturnType<typeof residentTest>;

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  locale: "ko-KR",
  timezoneId: "Asia/Seoul",
  // Frames cost a processor that is shared with the server.
  reducedMotion: "reduce",
};

/** Tests of the residents' page in one way, which share a server and a browser. Call it once a file. */
export function residentTest({ env, usual }: ResidentWay) {
  let site: Site;
  let whole: Promise<Browser> | undefined;
  const wholeBrowser = () => (whole ??= launchWholeBrowser("--use-fake-device-for-media-stream"));

  beforeAll(async () => {
    const model = await startModelServer();
    const [server, browser] = await Promise.all([
      startServer({
        env: {
          DEFAULT_MODEL: "offline",
          MODEL_FALLBACK: "offline",
          OPENAI_API_KEY: "sk-test",
          OPENAI_BASE_URL: model.baseURL,
          OPS_TOKEN: opsToken,
          ...env,
        },
      }),
      launchBrowser(),
    ]);
    site = { server, browser, model };
  });

  afterAll(async () => {
    await Promise.all([site?.browser.close(), whole?.then((it) => it.close())]);
    await Promise.all([site?.server.stop(), site?.model.close()]);
  });

  /** Opens pages of one test in a browser, and looks at what they leave. */
  async function openIn(
    browser: Browser,
    task: RunnerTestCase,
    use: (open: Open) => Promise<void>,
  ) {
    const opened: Resident[] = [];
    await use(async (options = {}) => {
      const errors: string[] = [];
      const all = { baseURL: site.server.url, ...phone, ...options };
      const resident = await residentOn(await openPage(browser, all, errors), errors);
      opened.push(resident);
      return resident;
    });
    for (const { page, errors, expected } of opened) {
      if (task.result?.state === "fail") {
        console.error(await describeFailure(site.server, page, errors));
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      await page.context().close();
      expect(wide).toBeLessThanOrEqual(page.viewportSize()?.width ?? NaN);
      const wrong = errors.filter(
        (text) => ![usual, ...expected].some((known) => known.test(text)),
      );
      expect(wrong).toEqual([]);
    }
  }

  return it
    .extend("site", () => site)
    .extend<Fixtures>({
      open: ({ task }, use) => openIn(site.browser, task, use),
      openWhole: async ({ task }, use) => openIn(await wholeBrowser(), task, use),
      resident: async ({ open }, use) => use(await open()),
    });
}

import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** Opens a page, without its service worker unless the options allow it. Its errors, which include violations of its content security policy, are added to `errors`. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions,
  errors: string[],
): Promise<Page> {
  const context = await browser.newContext({ serviceWorkers: "block", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  return page;
}

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const wholePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
/** The part of Chromium that shows pages: without windows it takes a third of the time to start. */
const shellPath = process.env["CHROMIUM_SHELL_PATH"] ?? "/usr/bin/chromium-headless-shell";

/** Skips the browser tests where there is no browser; CI installs one and never skips. */
export const browserless = !existsSync(wholePath) && process.env["CI"] !== "true";

/** A Chromium without background requests: its headless shell where that is installed. */
export const launchBrowser = (...flags: string[]): Promise<Browser> =>
  launch(existsSync(shellPath) ? shellPath : wholePath, flags);

/** The same of the whole Chromium: the headless shell shows no notification, and opens no camera. */
export const launchWholeBrowser = (...flags: string[]): Promise<Browser> =>
  launch(wholePath, flags);

const launch = (executablePath: string, flags: readonly string[]) =>
  chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...flags,
    ],
  });

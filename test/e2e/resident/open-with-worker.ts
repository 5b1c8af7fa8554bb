import type { Page } from "playwright-core";
import { expect } from "vitest";
import { keptPaths } from "../page-scripts.ts";
import type { Open } from "./resident-test.ts";
import type { Resident } from "./resident.ts";

/** Opens the page, and waits until its service worker answers for it. */
export async function openWithWorker(open: Open): Promise<Resident> {
  const resident = await open({ serviceWorkers: "allow" });
  const { page, expected } = resident;
  expected.push(/ERR_INTERNET_DISCONNECTED/);
  await page.goto("/");
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  return resident;
}

/** Waits until all regulations are kept, the last of them the list. */
export const regulationsKept = (page: Page) =>
  expect.poll(() => page.evaluate(keptPaths), { timeout: 60_000 }).toContain("/api/v1/regulations");

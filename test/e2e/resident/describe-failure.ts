import type { Page } from "playwright-core";
import type { Server } from "../start-server.ts";
import { opsToken } from "./ways.ts";

/** The page, the job and its logs, to debug a failed test. */
export async function describeFailure(
  server: Server,
  page: Page,
  errors: readonly string[],
): Promise<string> {
  const shown = await page.locator("body").innerText();
  const jobId = await page.evaluate(() => location.pathname.split("/").at(-1));
  const headers = { authorization: `Bearer ${opsToken}` };
  const job = await fetch(`${server.url}/api/v1/ops/jobs/${jobId}`, { headers });
  const logged = server
    .output()
    .split("\n")
    .filter((line) => jobId && line.includes(jobId));
  return [shown, await job.text(), ...logged.slice(-50), ...errors].join("\n");
}

import { gzipSync } from "node:zlib";
import { describe, expect } from "vitest";
import { lookOver } from "../look-over.ts";
import { rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describeLooks(it: ResidentTest) {
  describe("looks", () => {
    it("has no axe violation and no sideways scroll, from 320 to 1280 px and with text of twice the size", async ({
      resident: { page, scan },
    }) => {
      await scan(rinsed);
      const found: string[] = [];
      for (const path of ["/", new URL(page.url()).pathname, "/history", "/collection", "/me"]) {
        await page.goto(path);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.getByText("있어요…").waitFor({ state: "detached" });
        found.push(...(await lookOver(page, path.replaceAll("/", " "), [1280, 320, 390])));
        const wide = await page.evaluate(() => {
          document.documentElement.style.fontSize = "200%";
          return document.documentElement.scrollWidth;
        });
        if (wide > 390) found.push(`${path} with large text: ${wide} px wide`);
      }
      expect(found).toEqual([]);
    });

    it("loads at most 60 KB of script, and shows the first step of an answer without scrolling", async ({
      resident: { page, scan },
    }) => {
      const bodies: Promise<Buffer>[] = [];
      page.on("response", (response) => {
        if (response.request().resourceType() === "script") bodies.push(response.body());
      });
      await page.goto("/");
      await page.locator("textarea").waitFor();
      const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length);
      expect(sizes.length).toBeGreaterThan(0);
      expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(60 * 1024);

      await scan(rinsed);
      const step = await page.getByRole("checkbox").first().boundingBox();
      const tabs = await page.getByRole("navigation").boundingBox();
      expect((step?.y ?? Infinity) + (step?.height ?? 0)).toBeLessThan(tabs?.y ?? 0);
    });

    it("paints first within a second when its processor is four times slower", async ({
      resident: { page },
    }) => {
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
      const firstPaint = () =>
        page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
      const times: number[] = [];
      // The machine may be busy with other tests: the best of three is the page's own.
      for (let load = 0; load < 3; load++) {
        await page.goto("/");
        await page.locator("textarea").waitFor();
        await expect.poll(firstPaint).toBeDefined();
        times.push((await firstPaint()) ?? Infinity);
      }
      expect(Math.min(...times)).toBeLessThan(1_000);
    });
  });
}

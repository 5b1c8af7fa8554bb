import { SignJWT } from "jose";
import { describe, expect, onTestFinished } from "vitest";
import { scanAsGuest } from "../../../scripts/deploy/guest-scan.ts";
import { smoke } from "../../../scripts/deploy/smoke.ts";
import { startServer } from "../start-server.ts";
import { rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";
import { jwtEnv } from "./ways.ts";

export function describeGuestSession(it: ResidentTest) {
  describe("the session", () => {
    it("scans as a guest, keeps the history over a reload, and renews an expired session", async ({
      resident: { page, scan },
    }) => {
      await scan(rinsed);
      const cookies = await page.context().cookies();
      expect(cookies.every(({ httpOnly }) => httpOnly)).toBe(true);
      expect(cookies.map(({ name }) => name).toSorted()).toEqual(["s_guest", "s_guest_refresh"]);

      await page.goto("/history");
      await page.getByText("무색페트병").first().waitFor();
      await page.context().clearCookies({ name: "s_guest" });
      await page.goto("/history");
      await page.getByText("무색페트병").first().waitFor();
    });

    it("begins one guest when two new tabs ask at once, so that both have what either has done", async ({
      resident: { page },
    }) => {
      const begun: (() => void)[] = [];
      await page.context().route("**/api/v1/auth/guest", async (route) => {
        await new Promise<void>((resolve) => begun.push(resolve));
        await route.continue();
      });
      const other = await page.context().newPage();
      const refused = other.waitForResponse((response) => response.status() === 401);
      await Promise.all([page.goto("/history"), other.goto("/history")]);
      await refused;
      const waiting = () =>
        other.evaluate(async () => (await navigator.locks.query()).pending?.map((it) => it.name));
      await expect.poll(waiting, { timeout: 20_000 }).toEqual(["eco2-session"]);
      await expect.poll(() => begun.length, { timeout: 20_000 }).toBe(1);
      begun[0]?.();
      const empty = "아직 기록이 없어요.";
      await Promise.all([page.getByText(empty).waitFor(), other.getByText(empty).waitFor()]);
      expect(begun).toHaveLength(1);
    });

    it("keeps what the resident did as a guest when they log in", async ({
      resident: { page, outcome, scan },
    }) => {
      await scan(rinsed);
      await page.goto("/me");
      const link = page.getByRole("link", { name: "로그인하기" });
      expect(await link.getAttribute("href")).toBe(jwtEnv.LOGIN_URL);

      const token = await new SignJWT({})
        .setProtectedHeader({ alg: "HS256" })
        .setSubject("resident-1")
        .setIssuedAt()
        .setExpirationTime("10m")
        .sign(new TextEncoder().encode(jwtEnv.AUTH_JWT_SECRET));
      await page.context().addCookies([{ name: "s_access", value: token, url: page.url() }]);
      await page.goto("/history");
      await page.getByText("무색페트병").first().waitFor();
      const cookies = await page.context().cookies();
      expect(cookies.map(({ name }) => name)).toEqual(["s_access"]);
      await page.getByText("무색페트병").first().click();
      await page.getByRole("link", { name: "결과 보기" }).click();
      await outcome().waitFor();
      await page.goto("/me");
      await page.getByRole("heading", { name: "내 소개" }).waitFor();
      expect(await link.count()).toBe(0);
    });

    it("passes the check of a deploy, which visits it as a guest", async ({ site }) => {
      expect(await scanAsGuest(site.server.url, 30_000)).toBe(true);
      await smoke(site.server.url, 10_000);
    });

    it("says why no guest may begin where nobody can log in", async ({
      resident: { page, expected, words },
    }) => {
      expected.push(/429/);
      const json = { guests: true, login_url: null, signed_in: "nobody", has_guest: false };
      await page.route("**/api/v1/auth/options", (route) => route.fulfill({ json }));
      await page.route("**/api/v1/auth/guest", (route) =>
        route.fulfill({
          status: 429,
          contentType: "application/problem+json",
          headers: { "retry-after": "3600" },
          body: JSON.stringify({ code: "RATE_LIMITED" }),
        }),
      );
      await page.goto("/");
      await words().fill(rinsed);
      await words().press("Control+Enter");
      await page.getByRole("alert").getByText("오늘 쓸 수 있는 횟수를 다 썼어요.").waitFor();
      expect(await words().inputValue()).toBe(rinsed);
    });

    it("shows where to log in when there are no guests", async ({ open }) => {
      const server = await startServer({ env: jwtEnv });
      onTestFinished(() => server.stop());
      const { page, words } = await open({ baseURL: server.url });
      await page.goto("/");
      await words().fill(rinsed);
      // A click would scroll down to the button.
      await words().press("Control+Enter");
      await page.getByRole("alert").getByText("로그인이 필요해요.").waitFor();
      const link = page.getByRole("link", { name: "로그인하러 가기" });
      expect(await link.getAttribute("href")).toBe(jwtEnv.LOGIN_URL);
      const box = await link.boundingBox();
      const tabs = await page.getByRole("navigation").boundingBox();
      expect((box?.y ?? NaN) + (box?.height ?? NaN)).toBeLessThan(tabs?.y ?? NaN);
      expect(box?.height).toBeGreaterThanOrEqual(44);
      expect(await words().inputValue()).toBe(rinsed);
    });
  });
}

import { describe, expect } from "vitest";
import { rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describeOutbox(it: ResidentTest) {
  describe("the outbox", () => {
    it("keeps what was put aside when the resident has to log in first", async ({
      resident: { page, expected, words, submitButton, strip },
    }) => {
      expected.push(/401|ERR_INTERNET_DISCONNECTED/);
      await page.goto("/");
      await page.context().setOffline(true);
      await words().fill(rinsed);
      await submitButton().click();
      await strip().getByText("연결되면 보낼게요").waitFor();
      await page.context().route("**/api/v1/scan", (route) => route.fulfill({ status: 401 }));
      const refused = page.waitForResponse((response) => response.url().endsWith("/auth/refresh"));
      await page.context().setOffline(false);
      await refused;
      await page.context().unrouteAll();
      await page.reload();
      await strip().getByText("다 됐어요").waitFor();
    });

    it("says that there is no network until what was put aside is sent", async ({
      resident: { page, expected, words, submitButton, strip },
    }) => {
      expected.push(/ERR_INTERNET_DISCONNECTED/);
      await page.goto("/");
      await page.context().setOffline(true);
      await words().fill(rinsed);
      await submitButton().click();
      const notice = page.getByText("지금은 인터넷이 없어요.");
      await notice.waitFor();
      await page.context().setOffline(false);
      await strip().getByText("다 됐어요").waitFor();
      expect(await notice.count()).toBe(0);
    });

    it("sends what was put aside in one of two tabs, one after another", async ({
      resident: { page, expected, words, submitButton, strip },
    }) => {
      expected.push(/ERR_INTERNET_DISCONNECTED/);
      await page.goto("/");
      const other = await page.context().newPage();
      await other.goto("/collection");
      await other.getByRole("heading", { name: "도감" }).waitFor();
      await page.context().setOffline(true);
      for (const text of ["깨진 유리컵", "다 쓴 건전지"]) {
        await words().fill(text);
        await submitButton().click();
        await page.getByText("연결되면 바로 보낼게요.").waitFor();
      }
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
      await strip().getByText("다 됐어요").nth(1).waitFor();
      // The other tab has had its turn.
      await other.evaluate(() => navigator.locks.request("eco2-outbox", () => {}));
      expect({ most, all }).toEqual({ most: 1, all: 2 });
    });

    it("says why it waits, and asks again when the server says", async ({
      resident: { page, expected, words, submitButton, strip },
    }) => {
      expected.push(/429|ERR_INTERNET_DISCONNECTED/);
      await page.clock.install();
      await page.goto("/");
      await page.context().setOffline(true);
      await words().fill(rinsed);
      await submitButton().click();
      await strip().getByText("연결되면 보낼게요").waitFor();
      let asked = 0;
      await page.route("**/api/v1/scan", (route) => {
        asked++;
        return route.fulfill({ status: 429, headers: { "retry-after": "7200" } });
      });
      await page.context().setOffline(false);
      await strip().getByText("자정이 지나면 보낼게요").waitFor();
      await page.clock.fastForward("01:59:00");
      expect(asked).toBe(1);
      await page.unrouteAll();
      await page.clock.fastForward("00:02:00");
      await strip().getByText("다 됐어요").waitFor();
    });

    it("leaves what the resident does meanwhile when the server refuses a scan", async ({
      resident: { page, expected, heading, words, submitButton, strip, tab },
    }) => {
      expected.push(/422|ERR_INTERNET_DISCONNECTED/);
      await page.goto("/");
      const putAside = async (text: string) => {
        await page.context().setOffline(true);
        await words().fill(text);
        await submitButton().click();
        await strip().getByText("연결되면 보낼게요").waitFor();
      };
      await page.route("**/api/v1/scan", (route) => route.fulfill({ status: 422 }));
      await putAside("깨진 유리컵");
      await words().fill("다 쓴 건전지");
      await page.context().setOffline(false);
      await page.getByText("기다리던 분석(깨진 유리컵)을 보내지 못했어요.").waitFor();
      expect(await words().inputValue()).toBe("다 쓴 건전지");

      await putAside("안 쓰는 소파");
      await tab("도감").click();
      await heading("도감").waitFor();
      const refused = page.waitForResponse("**/api/v1/scan");
      await page.context().setOffline(false);
      await refused;
      await page.waitForFunction(() => localStorage.getItem("eco2-outbox") === "[]");
      await heading("도감").waitFor();
      await tab("분리배출").click();
      await page.getByText("기다리던 분석(안 쓰는 소파)을 보내지 못했어요.").waitFor();
    });

    it("opens with a damaged outbox, and sends what is whole in it", async ({
      resident: { page, heading, strip },
    }) => {
      await page.goto("/");
      const store = (text: string) =>
        page.evaluate((outbox) => localStorage.setItem("eco2-outbox", outbox), text);
      await store('[{"id":"cut of');
      await page.reload();
      await heading("무엇을 버릴까요?").waitFor();

      const whole = { id: crypto.randomUUID(), words: "깨진 유리컵", region: "", hasPhoto: false };
      await store(JSON.stringify([null, { ...whole, words: 1 }, whole]));
      await page.reload();
      await strip().getByText("다 됐어요").waitFor();
      expect(await strip().getByRole("listitem").count()).toBe(1);
      expect(await page.evaluate(() => localStorage.getItem("eco2-outbox"))).toBe("[]");
    });
  });
}

import { describe, expect } from "vitest";
import type { HistoryItem } from "../../../client/src/wire.ts";
import { bottle, labelled } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describeFocus(it: ResidentTest) {
  describe("the focus", () => {
    it("stays around what disappears under it, and returns to a button that was disabled for a while", async ({
      resident: { page, button, preview, region, openRegion, tab, words, submitButton, expected },
    }) => {
      const focused = (name: string) =>
        page
          .locator(":focus")
          .and(page.getByLabel(name, { exact: true }))
          .waitFor();
      await page.goto("/");
      const photo = page.getByRole("group", { name: "버릴 물건의 사진" });
      await page.getByLabel("사진 고르기").focus();
      await page.getByLabel("사진 고르기").setInputFiles(bottle);
      await preview().waitFor();
      await photo.and(page.locator(":focus")).waitFor();
      await button("사진 지우기").press("Enter");
      await page.getByLabel("사진 고르기").waitFor();
      await photo.and(page.locator(":focus")).waitFor();

      await openRegion();
      await region().fill("강남");
      await page.getByRole("button", { name: "서울특별시 강남구" }).press("Enter");
      await page.locator("summary:focus").getByText("서울특별시 강남구").waitFor();

      expected.push(/501/);
      await page.route("**/api/v1/scan", (route) => route.fulfill({ status: 501 }));
      await words().fill(labelled);
      await submitButton().press("Enter");
      await page.getByRole("alert").getByText("오류 코드 HTTP 501").waitFor();
      await submitButton().and(page.locator(":focus")).waitFor();
      await page.unrouteAll();
      await submitButton().press("Enter");
      await page.getByRole("checkbox").first().press("Space");
      await button("다 했어요").press("Enter");
      await focused("캐릭터");
      const character = await page.getByRole("img", { name: "캐릭터 페티" }).boundingBox();
      const tabs = await page.getByRole("navigation").boundingBox();
      expect((character?.y ?? NaN) + (character?.height ?? NaN)).toBeLessThan(tabs?.y ?? NaN);

      await tab("내 정보").click();
      await button("내 기록 모두 지우기").press("Enter");
      await focused("내 기록 지우기");
      await button("그만두기").press("Enter");
      await focused("내 기록 지우기");
    });

    it("goes to the first of the scans that the history has loaded", async ({
      resident: { page, button },
    }) => {
      await page.route("**/api/v1/users/me/scans*", (route) => {
        const isSecond = new URL(route.request().url()).searchParams.has("cursor");
        const minors = isSecond ? ["우유팩", "건전지"] : ["생수병"];
        const items = minors.map(historyItem);
        return route.fulfill({ json: { items, next_cursor: isSecond ? null : "next" } });
      });
      await page.goto("/history");
      await button("더 보기").press("Enter");
      await page.locator("summary:focus").getByText("우유팩").waitFor();
      expect(await button("더 보기").count()).toBe(0);
    });

    it("leaves room for what has it at 400 %, and shows buttons and the tab where the system sets the colours", async ({
      resident: { page, words, submitButton, tab },
    }) => {
      await page.setViewportSize({ width: 320, height: 256 });
      await page.goto("/");
      await words().fill(labelled);
      await page.getByRole("region", { name: "바로 보는 배출 방법" }).waitFor();
      await words().evaluate((field) => field.scrollIntoView());
      const tabs = await page.getByRole("navigation").boundingBox();
      expect((tabs?.y ?? NaN) + (tabs?.height ?? NaN)).toBeLessThan(0);

      await page.emulateMedia({ forcedColors: "active" });
      const styleOf = (element: Element) => {
        const { borderTopWidth, textDecorationLine } = getComputedStyle(element);
        return [borderTopWidth, textDecorationLine];
      };
      expect(await submitButton().evaluate(styleOf)).toEqual(["2px", "none"]);
      expect(await tab("분리배출").evaluate(styleOf)).toEqual(["0px", "underline"]);
    });
  });
}

function historyItem(minor: string): HistoryItem {
  const at = new Date().toISOString();
  return {
    job_id: crypto.randomUUID(),
    requested_at: at,
    ended_at: at,
    status: "completed",
    category: { major: "재활용폐기물", middle: "무색페트병", minor },
    insufficiencies: [],
    reward: null,
    error_code: null,
    model: "offline",
    region: null,
    photo_url: null,
  };
}

import { describe, expect, vi } from "vitest";
import { couch, rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

export function describePages(it: ResidentTest) {
  describe.concurrent("the other pages", () => {
    it("lists the scans of the resident, by category, with their steps, and starts one again", async ({
      resident: { page, heading, outcome, words, tab, scan },
    }) => {
      const entry = (name: string) =>
        page.getByRole("listitem").filter({ has: page.locator("summary", { hasText: name }) });
      await scan(rinsed);
      await scan(couch);
      await tab("내 기록").click();
      await heading("내 기록").and(page.locator(":focus")).waitFor();
      await entry("소파").waitFor();
      await entry("투명 페트병").getByRole("img", { name: "캐릭터 페티" }).waitFor();
      await page.getByRole("button", { name: "모두", pressed: true }).waitFor();
      await page.getByRole("button", { name: "무색페트병", pressed: false }).click();
      await page.getByRole("button", { name: "무색페트병", pressed: true }).waitFor();
      await entry("소파").waitFor({ state: "detached" });

      await entry("투명 페트병").locator("summary").click();
      await entry("투명 페트병").getByText("물로 속을 헹궈 주세요.").waitFor();
      await entry("투명 페트병").getByRole("link", { name: "결과 보기" }).click();
      await outcome().waitFor();
      await page.goBack();
      await entry("투명 페트병").locator("summary").click();
      await entry("투명 페트병").getByRole("button", { name: "또 버리기" }).click();
      await heading("무엇을 버릴까요?").waitFor();
      expect(await words().inputValue()).toBe("투명 페트병");
    });

    it("invites a resident without a scan, and says once when nothing can be loaded", async ({
      resident: { page, expected, heading, tab },
    }) => {
      await page.goto("/");
      await heading("무엇을 버릴까요?").waitFor();
      const asked: string[] = [];
      page.on("response", (response) => {
        if (response.ok()) asked.push(new URL(response.url()).pathname);
      });
      await tab("내 기록").click();
      await page.getByText("아직 기록이 없어요.").waitFor();
      expect(asked.filter((path) => path === "/api/v1/users/me/scans")).toHaveLength(1);
      expected.push(/500/);
      await page.route("**/api/v1/users/me/scans*", (route) => route.fulfill({ status: 500 }));
      await page.reload();
      await page.getByRole("alert").getByText("서버에 문제가 생겼어요.").waitFor();
      await page.unrouteAll();
      await page.getByRole("button", { name: "다시 불러오기" }).click();
      await page.getByText("아직 기록이 없어요.").waitFor();

      await page.route("**/api/v1/users/me**", (route) => route.fulfill({ status: 500 }));
      await page.route("**/api/v1/users/me/scans*", (route) => route.fulfill({ status: 500 }));
      await page.goto("/me");
      await page.getByRole("button", { name: "다시 불러오기" }).waitFor();
      await page.getByRole("region", { name: "이번 달" }).waitFor({ state: "detached" });
      expect(await page.getByRole("alert").getByText("서버에 문제가").count()).toBe(1);
    });

    it("shows who was met in colour, and the others as outlines with how to meet them", async ({
      resident: { page, heading, tab, scan },
    }) => {
      await scan(rinsed);
      await tab("도감").click();
      await heading("도감").and(page.locator(":focus")).waitFor();
      await page.getByText("2 / 13 친구를 만났어요").waitFor();
      await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
      await page.getByRole("img", { name: "아직 만나지 못한 글래시" }).waitFor();
      await page.getByText("유리병 쓰레기를 찍고 바르게 챙기면 만나요.").waitFor();
      // Before nine in the morning here, it is the day before in the server's zone.
      await page.route("**/api/v1/users/me/characters", async (route) => {
        const response = await route.fetch();
        const owned: object[] = await response.json();
        const acquired_at = "2026-11-29T20:00:00.000Z";
        const json = owned.map((it) => Object.assign(it, { acquired_at }));
        await route.fulfill({ response, json });
      });
      await page.reload();
      await page.getByText("2026년 11월 30일에 만났어요").waitFor();
      const drawings = await page
        .locator(".characters svg")
        .evaluateAll((all) => all.map((it) => it.querySelector("path, rect")?.outerHTML));
      expect(new Set(drawings).size).toBe(13);
    });

    it("counts the month, saves the profile, and says what is wrong with it", async ({
      resident: { page, expected, tab, scan },
    }) => {
      expected.push(/422/);
      await scan(rinsed);
      await tab("내 정보").click();
      const month = page.getByRole("region", { name: "이번 달" });
      await month.getByText("가장 많이 버린 종류: 무색페트병").waitFor();
      expect(await month.locator("dd").allTextContents()).toEqual(["1", "1", "1"]);
      await page.getByLabel("별명").fill("분리배출왕");
      await page.getByLabel("전화번호").fill("없어요");
      await page.getByRole("button", { name: "저장" }).click();
      await page.getByRole("alert").getByText("전화번호를 읽을 수 없어요.").waitFor();
      await page.getByLabel("전화번호").fill("010-1234-5678");
      await page.getByRole("button", { name: "저장" }).click();
      await page.getByText("저장했어요.").waitFor();
      await page.reload();
      await page.getByLabel("별명").and(page.locator("[name=nickname]")).waitFor();
      await vi.waitFor(
        async () => expect(await page.getByLabel("별명").inputValue()).toBe("분리배출왕"),
        10_000,
      );
    });

    it("erases everything after a second press, here and on the server", async ({
      resident: { page, tab, scan, words },
    }) => {
      await scan(rinsed);
      const other = await page.context().newPage();
      await other.goto(page.url());
      await other.getByText(rinsed).waitFor();
      await tab("내 정보").click();
      await page.getByLabel("별명").waitFor();
      await page.getByRole("button", { name: "내 기록 모두 지우기" }).click();
      await page.getByRole("button", { name: "그만두기" }).click();
      await page.getByRole("button", { name: "내 기록 모두 지우기" }).click();
      await page.getByRole("button", { name: "네, 모두 지울게요" }).click();
      await page.getByText("모두 지웠어요.").waitFor();
      expect(await page.evaluate(() => localStorage.getItem("eco2-scans"))).toBeNull();
      await other.getByText("다른 창에서 기록을 모두 지웠어요.").waitFor();
      expect(await other.locator("textarea").inputValue()).toBe("");
      expect(await page.getByLabel("별명").count()).toBe(0);
      await tab("분리배출").click();
      expect(await words().inputValue()).toBe("");
      await tab("내 기록").click();
      await page.getByText("아직 기록이 없어요.").waitFor();
      await tab("도감").click();
      await page.getByText("1 / 13 친구를 만났어요").waitFor();
    });
  });
}

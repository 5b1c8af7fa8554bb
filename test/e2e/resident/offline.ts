import { describe, expect } from "vitest";
import { keptPaths } from "../page-scripts.ts";
import { openWithWorker, regulationsKept } from "./open-with-worker.ts";
import { bottle, type Resident, rinsed } from "./resident.ts";
import type { ResidentTest } from "./resident-test.ts";

/** Finds a rule by the words of an item, and opens it. */
async function findRule({ page, heading, words }: Resident) {
  await heading("무엇을 버릴까요?").waitFor();
  await words().pressSequentially("우유팩");
  const typed = page.getByRole("region", { name: "바로 보는 배출 방법" });
  await typed.getByText("→ 종이팩 수거함").first().click();
  await typed.getByText(/펼/).first().waitFor();
}

export function describeOffline(it: ResidentTest) {
  describe("without a network", () => {
    it("opens, searches the rules, puts a photo aside, and sends it when the network is back", async ({
      open,
    }) => {
      const resident = await openWithWorker(open);
      const { page, outcome, words, submitButton, preview, strip } = resident;
      await regulationsKept(page);
      await page.context().setOffline(true);
      await page.reload();
      await findRule(resident);

      await words().fill(rinsed);
      await page.getByLabel("사진 고르기").setInputFiles(bottle);
      await preview().waitFor();
      await submitButton().click();
      await page.getByText("연결되면 바로 보낼게요.").waitFor();
      await strip().getByText("연결되면 보낼게요").waitFor();
      await page.reload();
      await strip().getByText("연결되면 보낼게요").waitFor();

      await page.context().setOffline(false);
      await strip().getByText("다 됐어요").waitFor();
      await strip().getByRole("link").click();
      await outcome().waitFor();
      await page.getByRole("img", { name: "보낸 사진" }).waitFor();
      expect(await page.evaluate(() => localStorage.getItem("eco2-outbox"))).toBe("[]");
    });

    it("says of a scan that it cannot be loaded yet, and shows it when the network is back", async ({
      open,
    }) => {
      const { page, outcome, words, submitButton } = await openWithWorker(open);
      await words().fill(rinsed);
      await submitButton().click();
      await outcome().waitFor();
      await page.context().setOffline(true);
      await page.reload();
      await page.getByRole("heading", { name: "분석을 불러오고 있어요" }).waitFor();
      for (const role of ["progressbar", "button"] as const) {
        expect(await page.locator("main").getByRole(role).count()).toBe(0);
      }
      await page.context().setOffline(false);
      await outcome().waitFor();
    });

    it("keeps nothing of a person but the resident's own photos", async ({ open }) => {
      const { page, outcome, words, submitButton, tab } = await openWithWorker(open);
      await words().fill(rinsed);
      await submitButton().click();
      await outcome().waitFor();
      for (const name of ["내 기록", "도감", "내 정보"]) {
        await tab(name).click();
        await page.getByRole("heading", { name, level: 1 }).waitFor();
      }
      const paths = await page.evaluate(keptPaths);
      expect(
        paths.filter(
          (path) =>
            !/^\/(?:$|assets\/|favicon|icon|api\/v1\/(?:regulations|character\/catalog))/.test(
              path,
            ),
        ),
      ).toEqual([]);
    });

    it("keeps no rules of the resident's region after an erasure", async ({ open }) => {
      const resident = await openWithWorker(open);
      const { page, region, button, openRegion, tab } = resident;
      await regulationsKept(page);
      await openRegion();
      await region().fill("강남");
      await page.getByRole("button", { name: "서울특별시 강남구" }).click();
      await findRule(resident);
      const kept = () => page.evaluate(keptPaths);
      const ofRegion = expect.stringContaining("?region=");
      await expect.poll(kept, { timeout: 20_000 }).toContainEqual(ofRegion);

      await tab("내 정보").click();
      await button("내 기록 모두 지우기").click();
      await button("네, 모두 지울게요").click();
      await page.getByText("모두 지웠어요.").waitFor();
      expect(await kept()).not.toContainEqual(ofRegion);
      expect(await kept()).toContain("/api/v1/regulations");
    });

    it("opens, and shows the rules, while the browser's storage is full", async ({ open }) => {
      const resident = await openWithWorker(open);
      const { page } = resident;
      await regulationsKept(page);
      const [worker] = page.context().serviceWorkers();
      await worker?.evaluate(async () => {
        for (const name of await caches.keys()) await caches.delete(name);
        Cache.prototype.put = () =>
          Promise.reject(new DOMException("It is full", "QuotaExceededError"));
      });
      await page.reload();
      await findRule(resident);
    });

    it("opens, and shows the rules, on a connection without data", async ({ open }) => {
      const resident = await openWithWorker(open);
      const { page } = resident;
      await regulationsKept(page);
      const [worker] = page.context().serviceWorkers();
      await worker?.evaluate(() => {
        globalThis.fetch = () => new Promise(() => {});
      });
      await page.reload();
      await findRule(resident);
    });

    it("is installable, and shows a new version at once", async ({ open }) => {
      const { page, heading } = await openWithWorker(open);
      const manifest = await page.request.get("/manifest.webmanifest");
      expect(manifest.headers()["content-type"]).toContain("application/manifest+json");
      const { icons, start_url }: { icons: { src: string }[]; start_url: string } =
        await manifest.json();
      expect(start_url).toBe("/");
      for (const { src } of icons) expect((await page.request.get(src)).status()).toBe(200);

      await page.evaluate(async () => {
        const cache = await caches.open("eco2-shell");
        await cache.put("/", new Response("<!doctype html><title>old</title>"));
      });
      await page.reload();
      await heading("무엇을 버릴까요?").waitFor();
      const kept = await page.evaluate(async () => (await caches.match("/"))?.text());
      expect(kept).toContain('id="root"');
    });
  });
}

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { recordTexts } from "../page-scripts.ts";

export const rinsed = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
export const labelled = "라벨 붙은 투명 페트병";
export const couch = "안 쓰는 소파";
export const bottle = "scripts/deploy/clear-bottle.jpg";

/** What a resident sees on the page, and does there. */
export type Resident = Awaited<ReturnType<typeof residentOn>>;

export async function residentOn(page: Page, errors: string[]) {
  await page.addInitScript(recordTexts);
  /** Chromium's own messages on requests that the test makes fail. */
  const expected: RegExp[] = [];

  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const heading = (name: string) => page.getByRole("heading", { name, exact: true });
  /** The heading of a result: what it is, and where it goes. */
  const outcome = () => page.getByRole("heading", { level: 1, name: /→/ });
  const submitButton = () => button("배출 방법 알아보기");
  const words = () => page.getByLabel(/글로 적어 주세요|함께 적으면|무엇인지 적어/);
  const region = () => page.getByLabel("동네 이름으로 찾기");
  const regionRow = () => page.locator("summary").filter({ hasText: "사는 곳" });

  async function submitWords(text: string) {
    await page.goto("/");
    await words().fill(text);
    await submitButton().click();
  }

  return {
    page,
    errors,
    expected,
    button,
    heading,
    outcome,
    submitButton,
    words,
    region,
    regionRow,
    submitWords,
    /** Submits words, and waits for the result. */
    scan: async (text: string) => {
      await submitWords(text);
      await outcome().waitFor();
    },
    /** Submits with the scripted model, which the page itself never requests. */
    submitToModel: async (text: string) => {
      await page.route("**/api/v1/scan", (route) =>
        route.continue({
          headers: { ...route.request().headers(), "content-type": "application/json" },
          postData: JSON.stringify({ user_input: text, model: "gpt-5.2" }),
        }),
      );
      await submitWords(text);
    },
    openRegion: async () => {
      await regionRow().focus();
      await page.keyboard.press("Enter");
      await region().waitFor();
    },
    tab: (name: string) => page.getByRole("navigation").getByRole("link", { name }),
    /** Scans that run, are over, or wait for the network. */
    strip: () => page.getByRole("list", { name: "진행 중인 분석" }),
    preview: () => page.getByRole("img", { name: "보낼 사진 미리 보기" }),
    status: () => page.getByRole("region", { name: "진행 상황" }).getByRole("status").first(),
    step: (name: string) => page.getByRole("listitem").filter({ hasText: name }),
    answer: () => page.getByRole("region", { name: "이코의 한마디" }).getByRole("paragraph"),
    placeholder: () => page.locator(".answer-placeholder"),
    /** What axe finds. */
    violations: async () =>
      (await new AxeBuilder({ page }).setLegacyMode().analyze()).violations.map(
        ({ id, nodes }) => `${id} ${nodes[0]?.html}`,
      ),
  };
}

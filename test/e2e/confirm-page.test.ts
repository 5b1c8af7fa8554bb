import type { Browser, Page, Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { photos } from "../support/photos.ts";
import { confirmedAs, photoSeen, runOf } from "../support/photo-run.ts";
import { doneWithout, frame } from "./build-frames.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { lookOver } from "./look-over.ts";
import { openPage } from "./open-page.ts";
import { playFrames } from "./play-frames.ts";
import { type Server, startServer } from "./start-server.ts";

const phone = { width: 390, height: 844 };

const sure = photoSeen({ 유리병: 0.962, 무색페트병: 0.021, 금속류: 0.004 }, null);
const asked = photoSeen({ 유리병: 0.84, 무색페트병: 0.11, 금속류: 0.02 }, "confirmation");
const unclear = photoSeen({ 유리병: 0.55, 무색페트병: 0.38, 금속류: 0.04 }, "choice");
const notRecognised = { code: "NOT_RECOGNISED", message: "사진만으로는 알아보지 못했어요." };
const unrecognised = [
  frame({ seq: 0, stage: "queued", status: "started" }),
  frame({ seq: 1, stage: "vision", status: "failed", error: notRecognised }),
  frame({ seq: 2, ...doneWithout("failed", notRecognised) }),
];
const textsOf = (seen: Parameters<typeof runOf>[0]) => runOf(seen).map((it) => JSON.stringify(it));

const accepted = { job_id: "j", stream_url: "/api/v1/scan/j/events?token=t", status: "queued" };
const accept = (route: Route) => route.fulfill({ status: 202, json: accepted });
const refuse = (status: number, code: string, detail: string) => (route: Route) =>
  route.fulfill({
    status,
    contentType: "application/problem+json",
    body: JSON.stringify({ code, detail }),
  });

describe.skipIf(browserless)("the residents' page for a photo", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let pageErrors: string[];
  /** Chromium's own messages on requests that the test makes fail. */
  let expected: RegExp | null;

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startServer({ env: { DEFAULT_MODEL: "offline" } }),
      launchBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    pageErrors = [];
    expected = null;
    const options = {
      baseURL: server.url,
      viewport: phone,
      locale: "ko-KR",
      reducedMotion: "reduce" as const,
    };
    page = await openPage(browser, options, pageErrors);
  });
  afterEach(async () => {
    await page.context().close();
    expect(pageErrors.filter((text) => !expected?.test(text))).toEqual([]);
  });

  const heading = (name: string) => page.getByRole("heading", { name, exact: true });
  /** The heading of a result: what it is, and where it goes. */
  const outcome = () => page.getByRole("heading", { level: 1, name: /→/ });
  const button = (name: string | RegExp) => page.getByRole("button", { name });
  const words = () => page.getByRole("textbox", { name: /적어 주세요|함께 적으면/ });
  const field = () => page.getByLabel("무엇인지 적어 주세요");

  /** Submits a photo, and plays the frames of its scan; returns the scan's sockets. */
  async function scanPhoto(texts: string[]) {
    const socket = await playFrames(page);
    await page.goto("/");
    const photo = { name: "병.png", mimeType: "image/png", buffer: Buffer.from(photos.png) };
    await page.getByLabel("사진 찍기").setInputFiles(photo);
    await button("배출 방법 알아보기").click();
    const play = await socket();
    for (const text of texts) play.send(text);
    return socket;
  }

  /** Answers the requests to confirm, one after another; returns their bodies. */
  async function answerConfirm(...answers: ((route: Route) => Promise<void>)[]) {
    const bodies: unknown[] = [];
    await page.route("**/api/v1/scan/j/confirm", async (route) => {
      bodies.push(route.request().postDataJSON());
      await (answers.shift() ?? accept)(route);
    });
    return bodies;
  }

  /** Expects the result of the resident's choice, with the focus on its heading. */
  async function expectConfirmed(category: string) {
    await outcome().and(page.locator(":focus")).waitFor();
    await page.getByText("직접 확인했어요").waitFor();
    await page.getByText(`${category} 수거함에 넣어 주세요.`).waitFor();
    expect(await page.locator(".confirmation").count()).toBe(0);
  }

  it("offers the camera first, then files and words", async () => {
    await page.goto("/");
    const camera = page.getByLabel("사진 찍기");
    expect(await camera.getAttribute("capture")).toBe("environment");
    const tops = await Promise.all(
      [page.locator(".camera"), words()].map(async (it) => (await it.boundingBox())?.y ?? NaN),
    );
    expect(tops).toEqual(tops.toSorted((one, other) => one - other));
    const large = await page.locator(".camera").boundingBox();
    expect(large?.height).toBeGreaterThanOrEqual(120);
  });

  it("shows a sure class with its certainty, and corrects it by a tap on another candidate", async () => {
    const bodies = await answerConfirm();
    const socket = await scanPhoto(textsOf(sure));
    await outcome().waitFor();
    await page.getByText("확실해요 · 가능성 96%").waitFor();
    await page.getByText("유리병 수거함에 넣어 주세요.").waitFor();
    await button("금속류 1% 미만").waitFor();

    await button("무색페트병 2%").click();
    const play = await socket(1);
    expect(new URL(play.url()).searchParams.get("after")).toBe("4");
    const [first = "", ...others] = textsOf(confirmedAs(sure, "무색페트병"));
    // An old frame again, then the run of the choice.
    play.send(textsOf(sure)[1] ?? "");
    play.send(first);
    await heading("살펴보고 있어요").and(page.locator(":focus")).waitFor();
    await page.getByRole("progressbar").and(page.locator("[value='25']")).waitFor();
    expect(await page.getByText("배출 순서").count()).toBe(0);
    for (const text of others) play.send(text);
    await expectConfirmed("무색페트병");
    expect(bodies).toEqual([{ middle_category: "무색페트병" }]);
  });

  it("asks whether a likely class is right, and sends one choice however often it is tapped", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const bodies = await answerConfirm(async (route) => {
      await promise;
      await accept(route);
    });
    const socket = await scanPhoto(textsOf(asked));
    await heading("하나만 확인해 주세요").waitFor();
    await page.getByText("아마 맞을 거예요 · 가능성 84%").waitFor();
    await page.getByText("무엇인지 골라 주면 캐릭터를 만날 수 있어요.").waitFor();
    await heading("「유리병」 맞나요?").waitFor();
    const place = await heading("배출 순서").boundingBox();
    await button("네, 맞아요").dblclick();
    await button("무색페트병 11%").click({ force: true });
    await page.getByText("고른 것을 보내고 있어요…").waitFor();
    expect(await heading("배출 순서").boundingBox()).toEqual(place);
    resolve();
    const play = await socket(1);
    for (const text of textsOf(confirmedAs(asked, "유리병"))) play.send(text);
    await expectConfirmed("유리병");
    expect(bodies).toEqual([{ middle_category: "유리병" }]);
  });

  it("lets the resident choose between two classes before the steps, or write what it is", async () => {
    expected = /422/;
    const unknown = "말씀하신 품목을 찾지 못했어요.";
    const bodies = await answerConfirm(refuse(422, "NOT_RECOGNISED", unknown));
    const socket = await scanPhoto(textsOf(unclear));
    await heading("어느 쪽인가요?").waitFor();
    await page.getByText("확실하지 않아요 · 가능성 55%").waitFor();
    const option = await button("무색페트병 38%").boundingBox();
    const steps = await heading("배출 순서").boundingBox();
    expect(option?.height).toBeGreaterThanOrEqual(80);
    expect(option?.y).toBeLessThan(steps?.y ?? NaN);

    await button("둘 다 아니에요, 직접 적기").click();
    await field().and(page.locator(":focus")).waitFor();
    await field().fill("우주선 잔해");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText(unknown).waitFor();
    expect(await field().getAttribute("aria-invalid")).toBe("true");
    expect(await field().inputValue()).toBe("우주선 잔해");

    await field().fill("알루미늄 캔");
    await button("보내기").click();
    const play = await socket(1);
    for (const text of textsOf(confirmedAs(unclear, "금속류", "words"))) play.send(text);
    await expectConfirmed("금속류");
    expect(bodies).toEqual([{ words: "우주선 잔해" }, { words: "알루미늄 캔" }]);
  });

  it("shows that a choice was not sent, keeps the result, and sends it again", async () => {
    expected = /500/;
    const bodies = await answerConfirm(refuse(500, "INTERNAL_ERROR", "It failed."));
    const socket = await scanPhoto(textsOf(unclear));
    await button("무색페트병 38%").click();
    await page.getByRole("alert").getByText("서버에 문제가 생겼어요.").waitFor();
    await page.getByText("유리병 수거함에 넣어 주세요.").waitFor();
    await button("다시 보내기").click();
    const play = await socket(1);
    for (const text of textsOf(confirmedAs(unclear, "무색페트병"))) play.send(text);
    await expectConfirmed("무색페트병");
    const pet = { middle_category: "무색페트병" };
    expect(bodies).toEqual([pet, pet]);
  });

  it("returns to the form when the scan has expired before the choice", async () => {
    expected = /404/;
    await answerConfirm(refuse(404, "RESULT_NOT_FOUND", "It has expired."));
    await scanPhoto(textsOf(unclear));
    await button("무색페트병 38%").click();
    await page.getByText("보관 기간이 지난 분석").waitFor();
  });

  it("asks for words beside the photo when nothing was recognised on it, and sends both", async () => {
    const socket = await scanPhoto(unrecognised);
    await heading("무엇인지 알아내지 못했어요").waitFor();
    await page.getByText(notRecognised.message).waitFor();
    await page.getByRole("img", { name: "보낼 사진 미리 보기" }).waitFor();
    await field().and(page.locator(":focus")).waitFor();
    await page.keyboard.type("can");
    const sent = page.waitForRequest("**/api/v1/scan");
    await button("배출 방법 알아보기").click();
    const body = (await sent).postDataBuffer()?.toString("latin1");
    expect(body).toMatch(/name="user_input"\r\n\r\ncan\r\n[^]*name="image"/);
    const play = await socket(1);
    for (const text of textsOf(sure)) play.send(text);
    await outcome().waitFor();
  });

  it("has no axe violation and no overflow, in light and dark, at 390 and 1280 px", async () => {
    const found = [];
    for (const [where, texts, title] of [
      ["sure", textsOf(sure), "다르다면 골라 주세요"],
      ["asked", textsOf(asked), "「유리병」 맞나요?"],
      ["choosing", textsOf(unclear), "어느 쪽인가요?"],
      ["not recognised", unrecognised, "무엇인지 알아내지 못했어요"],
    ] as const) {
      await page.goto("/");
      await page.evaluate(() => localStorage.clear());
      await page.unrouteAll();
      await scanPhoto([...texts]);
      await heading(title).waitFor();
      if (where === "choosing") await button(/직접 적기/).click();
      found.push(...(await lookOver(page, where)));
    }
    expect(found).toEqual([]);
  });
});

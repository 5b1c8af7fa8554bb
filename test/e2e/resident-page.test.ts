import { type Browser, type Page, type WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ResultBody } from "../../src/pipeline/result-body.ts";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import {
  delta,
  doneWithout,
  frame,
  seqOf,
  visionCompleted,
  waitingSnapshot,
} from "./build-frames.ts";
import {
  cancelTopAtNextStatus,
  recordTexts,
  setHidden,
  makeSocketsNeverOpen,
  makeSocketsThrow,
} from "./page-scripts.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";
import { openPage } from "./open-page.ts";
import { answerSnapshots, playFrames } from "./play-frames.ts";
import { type Server, startServer } from "./start-server.ts";

const phone = { width: 390, height: 844 };
const socketPath = /\/api\/v1\/scan\/[^/]+\/ws\?/;

const rinsed = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
const opsToken = "ops-token-of-the-page-tests";
const labelled = "라벨 붙은 투명 페트병";
const couch = "안 쓰는 소파";
/** What the scripted model answers a little at a time. */
const slow = () => `생수병 [answer:slower] {${crypto.randomUUID()}}`;

describe.skipIf(browserless)("the residents' page", () => {
  let model: ModelServer;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let pageErrors: string[];
  /** Chromium's own messages on requests that the test makes fail. */
  let expected: RegExp | null;

  beforeAll(async () => {
    model = await startModelServer();
    [server, browser] = await Promise.all([
      startServer({
        env: {
          DEFAULT_MODEL: "offline",
          MODEL_FALLBACK: "offline",
          OPENAI_API_KEY: "sk-test",
          OPS_TOKEN: opsToken,
          OPENAI_BASE_URL: model.baseURL,
        },
      }),
      launchBrowser(),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await model?.close();
  });

  beforeEach(async () => {
    pageErrors = [];
    expected = null;
    const place = { locale: "ko-KR", timezoneId: "Asia/Seoul" };
    const options = { baseURL: server.url, viewport: phone, ...place };
    page = await openPage(browser, options, pageErrors);
    await page.addInitScript(recordTexts);
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") console.error(await describeFailure());
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    await page.context().close();
    expect(width).toBeLessThanOrEqual(phone.width);
    expect(pageErrors.filter((text) => !expected?.test(text))).toEqual([]);
  });

  /** The page, the job and its logs, to debug a failed test. */
  async function describeFailure(): Promise<string> {
    const shown = await page.locator("body").innerText();
    const jobId = await page.evaluate(() => location.pathname.split("/").at(-1));
    const headers = { authorization: `Bearer ${opsToken}` };
    const job = await fetch(`${server.url}/api/v1/ops/jobs/${jobId}`, { headers });
    const logged = server
      .output()
      .split("\n")
      .filter((line) => jobId && line.includes(jobId));
    return [shown, await job.text(), ...logged.slice(-50), ...pageErrors].join("\n");
  }

  const heading = (name: string) => page.getByRole("heading", { name, exact: true });
  /** The heading of a result: what it is, and where it goes. */
  const outcome = () => page.getByRole("heading", { level: 1, name: /→/ });
  const status = () => page.getByRole("region", { name: "진행 상황" }).getByRole("status").first();
  const step = (name: string) => page.getByRole("listitem").filter({ hasText: name });
  const submitButton = () => page.getByRole("button", { name: "배출 방법 알아보기" });
  const words = () => page.getByLabel(/글로 적어 주세요|함께 적으면|무엇인지 적어/);

  const regionRow = () => page.locator("summary").filter({ hasText: "사는 곳" });
  const region = () => page.getByLabel("동네 이름으로 찾기");

  async function openRegion() {
    await regionRow().focus();
    await page.keyboard.press("Enter");
    await region().waitFor();
  }

  async function submitWords(text: string) {
    await page.goto("/");
    await words().fill(text);
    await submitButton().click();
  }

  /** Submits with the scripted model, which the page itself never requests. */
  async function submitToModel(text: string) {
    await page.route("**/api/v1/scan", (route) =>
      route.continue({
        headers: { ...route.request().headers(), "content-type": "application/json" },
        postData: JSON.stringify({ user_input: text, model: "gpt-5.2" }),
      }),
    );
    await submitWords(text);
  }

  const answer = () => page.getByRole("region", { name: "이코의 한마디" }).getByRole("paragraph");
  const placeholder = () => page.getByText("배출 방법이 여기에 나타나요.");

  /** Waits for partial text, and returns it. */
  async function partialText(): Promise<string> {
    await vi.waitUntil(async () => ((await answer().textContent()) ?? "").length > 5, 30_000);
    return (await answer().textContent()) ?? "";
  }

  /** The answer of the current scan, from the server. */
  async function answerOfServer(): Promise<string | undefined> {
    const [jobId, user] = await page.evaluate(() => [
      location.pathname.split("/").at(-1),
      localStorage.getItem("eco2-user"),
    ]);
    const response = await page.request.get(`/api/v1/scan/${jobId}/result`, {
      headers: { "x-user-id": user ?? "" },
    });
    return ResultBody.parse(await response.json()).pipeline_result?.final_answer.user_answer;
  }

  /** Expects that the answer has only grown, from `start` to the server's answer. */
  async function expectGrowingAnswer(start: string) {
    await outcome().waitFor();
    const whole = (await answerOfServer()) ?? "";
    const texts = await page.evaluate(() => globalThis.answerTexts);
    expect(await answer().textContent()).toBe(whole);
    expect(texts[0]?.startsWith(start)).toBe(true);
    expect(texts.filter((text) => !whole.startsWith(text))).toEqual([]);
    expect(texts).toEqual(texts.toSorted((a, b) => a.length - b.length));
    expect(texts.at(-1)).toBe(whole);
    return texts;
  }

  /** Holds the server's frames back until the returned function releases those up to a `seq`. */
  async function holdFrames() {
    let limit = -1;
    let latest = -1;
    const held: { socket: WebSocketRoute; text: string; seq: number }[] = [];
    const release = () => {
      for (const it of held.splice(0)) {
        if (it.seq <= limit) it.socket.send(it.text);
        else held.push(it);
      }
    };
    await page.routeWebSocket(socketPath, (socket) => {
      const upstream = socket.connectToServer();
      upstream.onClose(() => {});
      upstream.onMessage((message) => {
        const text = message.toString();
        // Deltas are released with the event before them.
        latest = seqOf(text) ?? latest;
        held.push({ socket, text, seq: latest });
        release();
      });
    });
    return (seq: number) => {
      limit = seq;
      release();
    };
  }

  it("cuts no words that are too long, and says by how much", async () => {
    await page.goto("/");
    await words().fill(`${"가".repeat(1_001)}\n`);
    await page.getByText("지금 1,001자예요. 1,000자까지 보낼 수 있어요.").waitFor();
    expect(await submitButton().isDisabled()).toBe(true);
    expect(await words().getAttribute("aria-invalid")).toBe("true");
    expect((await words().inputValue()).length).toBe(1_002);
    await words().fill("가".repeat(1_000));
    await vi.waitUntil(() => submitButton().isEnabled(), 10_000);
  });

  it("shows each step and the category as they complete, then the answer and the character", async () => {
    const passUpTo = await holdFrames();
    await submitWords(rinsed);
    await heading("살펴보고 있어요").and(page.locator(":focus")).waitFor();
    await step("확인").and(page.locator("[aria-current=step]")).waitFor();

    passUpTo(2);
    await step("확인").filter({ hasText: "완료됨" }).waitFor();
    await step("분석").and(page.locator("[aria-current=step]")).waitFor();
    await page.getByText("무색페트병", { exact: true }).waitFor();
    await page.getByRole("progressbar").and(page.locator("[value='25']")).waitFor();
    expect(await page.getByText("배출 순서").count()).toBe(0);

    passUpTo(4);
    await step("배출방법").and(page.locator("[aria-current=step]")).waitFor();

    passUpTo(Infinity);
    await outcome().waitFor();
    await heading("투명 페트병 → 투명 페트병 수거함").waitFor();
    expect(await page.getByRole("progressbar").count()).toBe(0);
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
    await page.getByText("만나서 반가워! 라벨을 떼고 모아 주면").waitFor();
    expect(await page.getByText("내용물을 깨끗이 비워 주세요.").count()).toBe(1);
    await page.getByText(/기후에너지환경부훈령 제18호.*2026년 1월 1일 시행/).waitFor();
    expect(await page.getByText("버리기 전에 이것만 더").count()).toBe(0);
  });

  it("shows what the item lacks, and gives the character of the same scan when that is done", async () => {
    await submitWords(labelled);
    await heading("버리기 전에 이것만 더").waitFor();
    await page.getByText("비닐 라벨이 아직 붙어 있어요.").waitFor();
    await page.getByText("아직 챙길 것이 남았어요.").waitFor();
    expect(await page.getByText("새 친구를 만났어요!").count()).toBe(0);
    const done = page.getByRole("button", { name: "다 했어요" });
    expect(await done.isDisabled()).toBe(true);
    await page.getByText("비닐 라벨이 아직 붙어 있어요.").click();
    await done.click();
    await page.getByText("새 친구를 만났어요!").waitFor();
    await heading("버리기 전에 이것만 더").waitFor({ state: "detached" });
    await outcome().waitFor();

    await page.getByRole("button", { name: "새로 분석하기" }).click();
    await heading("무엇을 버릴까요?").and(page.locator(":focus")).waitFor();
    expect(await words().inputValue()).toBe("");
    await page.reload();
    await heading("무엇을 버릴까요?").waitFor();
  });

  it("returns to the same words when they name nothing that is known", async () => {
    await submitWords("우주선 잔해");
    await heading("무엇인지 알아내지 못했어요").waitFor();
    await page.getByText("배출 규정에서 찾지 못했어요").waitFor();
    expect(await page.getByText("배출 규정 매칭 실패").count()).toBe(0);
    await words().and(page.locator(":focus")).waitFor();
    expect(await words().inputValue()).toBe("우주선 잔해");
  });

  it("submits a photo alone, scaled down", async () => {
    await page.goto("/");
    expect(await submitButton().isDisabled()).toBe(true);
    const photo = {
      name: "병.png",
      mimeType: "image/png",
      buffer: await paintPhoto(page, 2000, 1500),
    };
    await page.getByLabel("사진 고르기").setInputFiles(photo);
    const preview = page.getByRole("img", { name: "보낼 사진 미리 보기" });
    await preview.waitFor();
    await page.getByRole("button", { name: "사진 지우기" }).click();
    await preview.waitFor({ state: "detached" });
    expect(await submitButton().isDisabled()).toBe(true);

    await page.getByLabel("사진 찍기").setInputFiles(photo);
    await preview.and(page.locator(":not([src=''])")).waitFor();
    const size = await preview.evaluate(async (image: HTMLImageElement) => {
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    expect(size).toEqual([1024, 768]);
    const sent = page.waitForRequest("**/api/v1/scan");
    await submitButton().click();
    expect((await sent).headers()["content-type"]).toMatch(/^multipart/);
    await page.getByRole("img", { name: /사진/ }).waitFor();
  });

  it("refuses a photo that it cannot scale down and that is too large", async () => {
    await page.goto("/");
    const buffer = Buffer.alloc(10 * 1024 * 1024 + 1);
    await page
      .getByLabel("사진 고르기")
      .setInputFiles({ name: "big.heic", mimeType: "image/heic", buffer });
    await page.getByText("사진이 너무 커요.").waitFor();
    expect(await submitButton().isDisabled()).toBe(true);
  });

  it("shows the same scan after a reload, while it runs and after its end", async () => {
    const passUpTo = await holdFrames();
    await submitWords(rinsed);
    passUpTo(2);
    await page.getByText("무색페트병", { exact: true }).waitFor();

    await page.reload();
    await page.getByText(`“${rinsed}”`).waitFor();
    await page.getByText("무색페트병", { exact: true }).waitFor();
    passUpTo(Infinity);
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();

    await page.reload();
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
    await outcome().waitFor();
  });

  it("returns to the form when the scan of its address has expired, and forgets it", async () => {
    expected = /404|WebSocket/;
    const jobId = crypto.randomUUID();
    await page.goto("/");
    await page.evaluate((jobId) => {
      const streamUrl = `/api/v1/scan/${jobId}/events?token=old`;
      const scan = { jobId, streamUrl, words: "옛날 병", ended: true };
      localStorage.setItem("eco2-scans", JSON.stringify([scan]));
    }, jobId);
    await page.goto(`/s/${jobId}`);
    await page.getByText("보관 기간이 지난 분석").waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    expect(await page.evaluate(() => localStorage.getItem("eco2-scans"))).toBe("[]");
  });

  it("shows a scan at its own address, in other tabs, too, and goes back from it", async () => {
    await submitWords(rinsed);
    await outcome().waitFor();
    const address = page.url();
    expect(new URL(address).pathname).toMatch(/^\/s\/[\w-]{36}$/);
    const other = await page.context().newPage();
    await other.goto(address);
    await other.getByRole("heading", { level: 1, name: /→/ }).waitFor();
    await other.getByText(`“${rinsed}”`).waitFor();

    await page.goBack();
    await heading("무엇을 버릴까요?").and(page.locator(":focus")).waitFor();
    expect(await words().inputValue()).toBe(rinsed);
    await page.goForward();
    await outcome().waitFor();
  });

  it("keeps scans that run in a strip above the form, while another one is started", async () => {
    await submitToModel(slow());
    await partialText();
    await page.getByRole("link", { name: "분리배출" }).click();
    await heading("무엇을 버릴까요?").waitFor();
    const strip = page.getByRole("list", { name: "진행 중인 분석" });
    await strip.getByText("살펴보고 있어요").waitFor();
    await page.unrouteAll();
    await words().fill(rinsed);
    await submitButton().click();
    await outcome().waitFor();
    await page.getByRole("button", { name: "새로 분석하기" }).click();
    await strip.getByText("다 됐어요").waitFor();
    await strip.getByRole("link").click();
    await outcome().waitFor();
    await page.getByRole("link", { name: "분리배출" }).click();
    expect(await strip.count()).toBe(0);
  });

  it.each([
    ["throws", makeSocketsThrow],
    ["never opens", makeSocketsNeverOpen],
  ])("follows over server-sent events when WebSocket %s", async (_, blocked) => {
    expected = /nowhere/;
    await page.addInitScript(blocked);
    const streamed = page.waitForRequest(/\/events\?token=/);
    await submitWords(rinsed);
    await streamed;
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
    await outcome().waitFor();
  });

  it("shows the answer while it is generated, and continues after a reload", async () => {
    await submitToModel(slow());
    const start = await partialText();
    await page.reload();
    await partialText();
    const paragraph = await answer().elementHandle();
    const place = await paragraph?.boundingBox();
    await expectGrowingAnswer(start);
    // The text has grown in its place; at the end the progress above it is folded away.
    const end = await paragraph?.boundingBox();
    expect(end?.x).toBe(place?.x);
    expect(end?.y).toBeLessThanOrEqual(place?.y ?? NaN);
    await page.reload();
    await outcome().waitFor();
    expect(await answer().textContent()).toBe(await answerOfServer());
  });

  it("continues the answer when the socket closes", async () => {
    const sockets: WebSocketRoute[] = [];
    await page.routeWebSocket(socketPath, (socket) => {
      sockets.push(socket);
      socket.connectToServer();
    });
    await submitToModel(slow());
    await partialText();
    await sockets[0]?.close({ code: 1012 });
    expect((await expectGrowingAnswer("")).length).toBeGreaterThan(3);
    expect(sockets).toHaveLength(2);
  });

  it("shows the answer while it is generated over server-sent events", async () => {
    await page.addInitScript(makeSocketsThrow);
    await submitToModel(slow());
    expect((await expectGrowingAnswer("")).length).toBeGreaterThan(3);
  });

  it("shows the partial text once after a reload, and then the deltas", async () => {
    const socket = await playFrames(page);
    const begin = (play: WebSocketRoute) => {
      play.send(frame({ seq: 0, stage: "queued", status: "started" }));
      play.send(frame({ seq: 1, ...visionCompleted }));
      play.send(frame({ seq: 2, stage: "answer", status: "started", attempt: 1 }));
    };
    await submitWords(labelled);
    const first = await socket(0);
    begin(first);
    first.send(delta(0, "헹궈"));
    await answer().getByText("헹궈").waitFor();

    await page.reload();
    const second = await socket(1);
    begin(second);
    second.send(delta(0, "헹궈요. 라벨은"));
    await answer().getByText("라벨은").waitFor();
    second.send(delta(8, " 떼요."));
    await answer().getByText("떼요.").waitFor();
    expect(await page.evaluate(() => globalThis.answerTexts)).toEqual([
      "헹궈요. 라벨은",
      "헹궈요. 라벨은 떼요.",
    ]);
    // A large part grows in steps.
    const rest = " 뚜껑은 닫아도 괜찮아요. 내용물은 비우고 물로 헹궈 주세요.";
    second.send(delta(12, rest));
    await answer().getByText("헹궈 주세요.").waitFor();
    const texts = await page.evaluate(() => globalThis.answerTexts);
    expect(texts.length).toBeGreaterThan(4);
    expect(texts).toEqual(texts.toSorted((a, b) => a.length - b.length));
    expect(texts.at(-1)).toBe(`헹궈요. 라벨은 떼요.${rest}`);
  });

  it("removes the text of a failed attempt, and exposes each whole sentence to screen readers", async () => {
    const socket = await playFrames(page);
    await submitWords(labelled);
    const play = await socket();
    const hidden = answer().locator("[aria-hidden=true]");
    play.send(frame({ seq: 0, stage: "queued", status: "started" }));
    play.send(frame({ seq: 1, ...visionCompleted }));
    play.send(frame({ seq: 2, stage: "answer", status: "started", attempt: 1 }));
    await placeholder().waitFor();
    play.send(delta(0, "헹구지"));
    await answer().getByText("헹구지").waitFor();
    expect(await placeholder().count()).toBe(0);

    const error = { code: "MODEL_UNAVAILABLE", message: "500" };
    play.send(frame({ seq: 3, stage: "answer", status: "retrying", attempt: 1, error }));
    await placeholder().waitFor();
    play.send(frame({ seq: 4, stage: "answer", status: "started", attempt: 2 }));
    play.send(delta(0, "헹궈요. 라벨은"));
    await hidden.getByText("라벨은").waitFor();
    expect(await hidden.count()).toBe(1);
    expect(await answer().getAttribute("aria-live")).toBe("polite");

    play.send(delta(8, " 떼요."));
    const user_answer = "헹궈요. 라벨은 떼요.";
    const result = { disposal_steps: {}, insufficiencies: [], user_answer, calls: [] };
    play.send(frame({ seq: 5, stage: "answer", status: "completed", progress: 75, result }));
    await hidden.waitFor({ state: "detached" });
    expect(await answer().first().textContent()).toBe(user_answer);
  });

  it("finds the resident's region by a part of its name, shows its rules, and stores it", async () => {
    await page.goto("/");
    await openRegion();
    await region().fill("강남");
    const found = page.getByRole("list", { name: "찾은 동네" });
    await found.getByRole("button", { name: "서울특별시 강남구 동네 기준 있음" }).click();
    await regionRow().getByText("서울특별시 강남구").waitFor();
    await page.reload();
    await words().fill(couch);
    await regionRow().getByText("서울특별시 강남구").waitFor();
    await submitButton().click();
    await heading("서울특별시 강남구에서는").waitFor();
    await page.getByText(/쓰레기배출안내.*강남구.*2026년 6월 27일 확인/).waitFor();
    const link = page.getByRole("link", { name: /^clean\.gangnam\.go\.kr/ });
    expect(await link.getAttribute("href")).toBe("https://clean.gangnam.go.kr/");
    await page.reload();
    await heading("서울특별시 강남구에서는").waitFor();

    await page.getByRole("button", { name: "새로 분석하기" }).click();
    await openRegion();
    expect(await page.getByLabel("시·군·구").inputValue()).toBe("강남구");
    await page.getByLabel("시·도").selectOption("전국 공통 기준");
    await regionRow().getByText("전국 공통 기준").waitFor();
    await words().fill(couch);
    await submitButton().click();
    await heading("배출 순서").waitFor();
    expect(await heading("서울특별시 강남구에서는").count()).toBe(0);
  });

  it("links the phone number for bookings", async () => {
    await page.goto("/");
    await openRegion();
    await region().fill("강남구");
    await page.keyboard.press("Enter");
    await words().fill("고장 난 냉장고");
    await submitButton().click();
    const links = page.getByRole("link", { name: "1599-0903" });
    await links.first().waitFor();
    for (const link of await links.all()) {
      expect(await link.getAttribute("href")).toBe("tel:15990903");
    }
  });

  it("offers every municipality when the marks cannot be loaded, and notes when one has no rules", async () => {
    expected = /503/;
    await page.route("**/api/v1/regulations", (route) => route.fulfill({ status: 503 }));
    await page.goto("/");
    await openRegion();
    await region().fill("달나라");
    await page.getByText("그런 이름의 시·군·구가 없어요.").waitFor();
    await page.getByLabel("시·도").selectOption("경상북도");
    await page.getByLabel("시·군·구").selectOption("울릉군");
    await words().fill(couch);
    await submitButton().click();
    await page.getByText("「경상북도 울릉군」의 배출 규정은 아직 없어서").waitFor();
    await heading("배출 순서").waitFor();
  });

  it("answers from the regulations while words are written, without a scan", async () => {
    await page.goto("/");
    await words().pressSequentially("우유팩");
    const typed = page.getByRole("region", { name: "바로 보는 배출 방법" });
    await typed.getByText("→ 종이팩 수거함").first().waitFor();
    const submit = await page.getByRole("button", { name: "배출 방법 알아보기" }).boundingBox();
    const tabs = await page.getByRole("navigation").boundingBox();
    expect((submit?.y ?? NaN) + (submit?.height ?? NaN)).toBeLessThanOrEqual(tabs?.y ?? NaN);
    await typed.getByText("→ 종이팩 수거함").first().click();
    await typed.getByText(/펼/).first().waitFor();
    expect(await page.evaluate(() => localStorage.getItem("eco2-scans"))).toBeNull();
  });

  it("submits with Ctrl+Enter, and refuses a file that is no photo at once", async () => {
    await page.goto("/");
    await page.getByLabel("사진 고르기").setInputFiles({
      name: "고지서.pdf",
      mimeType: "application/pdf",
      buffer: Buffer.from("%PDF-1.7"),
    });
    await page.getByRole("alert").getByText("사진 파일이 아니에요.").waitFor();
    await words().fill(rinsed);
    await words().press("Control+Enter");
    await outcome().waitFor();
  });

  it("keeps the words when the photo is taken again", async () => {
    await page.goto("/");
    await words().fill("페트병");
    const photo = async (name: string) => ({
      name,
      mimeType: "image/png",
      buffer: await paintPhoto(page, 400, 300),
    });
    await page.getByLabel("사진 고르기").setInputFiles(await photo("하나.png"));
    const preview = page.getByRole("img", { name: "보낼 사진 미리 보기" });
    await preview.waitFor();
    const first = await preview.getAttribute("src");
    await page.getByLabel("다시 찍기").setInputFiles(await photo("둘.png"));
    await vi.waitUntil(async () => (await preview.getAttribute("src")) !== first);
    expect(await words().inputValue()).toBe("페트병");
  });

  it("ticks the steps that were done before, and lets the others be ticked", async () => {
    await submitWords(rinsed);
    await outcome().waitFor();
    const tick = (name: RegExp) => page.getByRole("checkbox", { name }).first();
    expect(await tick(/헹궈/).isChecked()).toBe(true);
    expect(await tick(/찌그러뜨려/).isChecked()).toBe(false);
    await page.getByText(/찌그러뜨려/).click();
    expect(await tick(/찌그러뜨려/).isChecked()).toBe(true);
  });

  it("names the fallback model that has answered, and why", async () => {
    await submitToModel(`${rinsed} [vision:401] [answer:401] {${crypto.randomUUID()}}`);
    await page.getByText("요청한 모델 대신 offline 모델이 답했어요.").waitFor();
    await page.getByText("gpt-5.2 모델은 지금은 쓸 수 없어요.").waitFor();
  });

  it("shows when the connection is lost, and resumes after the last event", async () => {
    const socket = await playFrames(page);
    await submitWords(labelled);
    const first = await socket(0);
    first.send(frame({ seq: 0, stage: "queued", status: "started" }));
    first.send(frame({ seq: 1, stage: "vision", status: "started", attempt: 1 }));
    first.send(frame({ seq: 2, ...visionCompleted }));
    await page.getByText("무색페트병", { exact: true }).waitFor();
    await first.close({ code: 1012 });

    const second = await socket(1);
    expect(new URL(second.url()).searchParams.get("after")).toBe("2");
    second.send(frame({ seq: 1, stage: "vision", status: "started", attempt: 1 }));
    second.send(frame({ seq: 3, stage: "rule", status: "started", attempt: 1, progress: 25 }));
    await status().getByText("알맞은 배출 규정을 찾고 있어요.").waitFor();
    const statusTexts = await page.evaluate(() => globalThis.statusTexts);
    expect(statusTexts.join("\n")).toContain("연결이 끊겼어요. 다시 잇는 중이에요.");
    expect(statusTexts.filter((text) => text.includes("살펴보고"))).toHaveLength(1);
  });

  it("describes a retry, a parked scan and its redrive", async () => {
    const socket = await playFrames(page);
    await submitWords(labelled);
    const play = await socket();
    const limited = { code: "MODEL_RATE_LIMITED", message: "429" };
    const retry_at = "2026-11-22T03:04:05.000Z";
    play.send(frame({ seq: 0, stage: "queued", status: "started" }));
    play.send(frame({ seq: 1, stage: "vision", status: "started", attempt: 1 }));
    play.send(
      frame({
        seq: 2,
        stage: "vision",
        status: "retrying",
        attempt: 1,
        error: { ...limited, retry_at },
      }),
    );
    await heading("다시 시도할게요").waitFor();
    await status().getByText("AI 모델을 찾는 사람이 많아요.").waitFor();
    await status().getByText("오후 12:04:05에 2번째 시도를 해요.").waitFor();

    play.send(frame({ seq: 3, stage: "vision", status: "started", attempt: 2 }));
    await status().getByText("2번째 시도예요.").waitFor();

    play.send(frame({ seq: 4, stage: "vision", status: "parked", error: limited }));
    await heading("잠시 멈췄어요").waitFor();
    await status().getByText("다시 시작되면 이 화면에서 이어 보여 드릴게요.").waitFor();
    await status().getByText("오류 코드 MODEL_RATE_LIMITED").waitFor();

    play.send(frame({ seq: 5, stage: "vision", status: "resumed" }));
    await status().getByText("다시 이어서 할게요.").waitFor();
    play.send(frame({ seq: 6, stage: "vision", status: "started", attempt: 1 }));
    play.send(frame({ seq: 7, ...visionCompleted }));
    await page.getByText("무색페트병", { exact: true }).waitFor();
    expect(await status().textContent()).toBe("알맞은 배출 규정을 찾고 있어요.");
  });

  const limited = { code: "MODEL_RATE_LIMITED", message: "429" };
  const soon = "2026-11-22T06:05:00.000Z";
  it.each([
    [
      "it is queued",
      { stage: "queued", status: "started" },
      { reason: "queued", message: "차례를 기다리고 있어요. 앞에 2건이 있어요." },
      null,
    ],
    [
      "a retry is planned",
      { stage: "vision", status: "retrying", attempt: 1, error: limited },
      {
        reason: "retry",
        message: "조금 뒤에 다시 시도할게요.",
        attempt: 1,
        next_retry_at: soon,
        backlog: { messages: 3, oldest_age_s: 9 },
      },
      "다음 시도 오후 3:05쯤 · 앞에 2건",
    ],
    [
      "its stage is paused",
      visionCompleted,
      {
        reason: "paused",
        message: "잠시 점검하고 있어요.",
        paused: { notice: "모델 교체", since: soon, until: soon },
      },
      "사유: 모델 교체 · 오후 3:05쯤까지",
    ],
    [
      "it is parked",
      { stage: "vision", status: "parked", error: limited },
      { reason: "parked", message: "잠시 쉬고 있어요.", attempt: 3, next_redrive_at: soon },
      "다음 시도 오후 3:05쯤",
    ],
  ] as const)(
    "shows why the scan waits, until the next event, when %s",
    async (_, event, reason, details) => {
      await page.clock.install({ time: "2026-11-22T06:00:00.000Z" });
      const socket = await playFrames(page);
      const polls = await answerSnapshots(page, () => waitingSnapshot(reason));
      await submitWords(labelled);
      const play = await socket();
      play.send(frame({ seq: 0, ...event }));
      await page.clock.fastForward(4_000);
      await status().getByText(reason.message).waitFor();
      if (details) await status().getByText(details, { exact: true }).waitFor();
      else expect(await status().locator(".details").count()).toBe(0);

      play.send(frame({ seq: 1, stage: "answer", status: "started", attempt: 1 }));
      await status().getByText("배출 방법을 정리하고 있어요.", { exact: true }).waitFor();
      expect(await status().textContent()).toBe("배출 방법을 정리하고 있어요.");
      await page.clock.fastForward(12_000);
      expect(polls()).toBe(1);
    },
  );

  // If the message is lost on a busy machine, the watchdog recovers the job a lease later.
  it(
    "shows the pause of a stage, and completes when it ends",
    {
      timeout: 180_000,
    },
    async () => {
      const until = new Date(Date.now() + 15_000).toISOString();
      const paused = await fetch(`${server.url}/api/v1/ops/stages/vision/pause`, {
        method: "POST",
        headers: { authorization: `Bearer ${opsToken}`, "content-type": "application/json" },
        body: JSON.stringify({ reason: "점검", notice: "모델 점검", until }),
      });
      expect(paused.status).toBe(200);
      await submitWords(rinsed);
      await status().getByText("사유: 모델 점검").waitFor({ timeout: 15_000 });
      await outcome().waitFor({ timeout: 150_000 });
    },
  );

  it("polls the reason every 10 s while the page is visible, and keeps it when a poll fails", async () => {
    expected = /ERR_FAILED/;
    const ahead = (n: number) =>
      waitingSnapshot({ reason: "queued", message: `앞에 ${n}건이 있어요.` });
    await page.clock.install();
    const socket = await playFrames(page);
    let snapshot: object | null = ahead(2);
    const polls = await answerSnapshots(page, () => snapshot);
    const expectPolls = (times: number) =>
      vi.waitFor(() => expect(polls()).toBe(times), { timeout: 15_000 });
    await submitWords(labelled);
    const play = await socket();
    play.send(frame({ seq: 0, stage: "queued", status: "started" }));
    await page.clock.fastForward(4_000);
    await status().getByText("앞에 2건이 있어요.").waitFor();

    snapshot = null;
    await page.clock.fastForward(10_000);
    await expectPolls(2);
    await status().getByText("앞에 2건이 있어요.").waitFor();

    snapshot = ahead(1);
    await page.evaluate(setHidden, true);
    await page.clock.fastForward(10_000);
    expect(polls()).toBe(2);
    await page.evaluate(setHidden, false);
    await status().getByText("앞에 1건이 있어요.").waitFor();
    expect(polls()).toBe(3);

    play.send(frame({ seq: 1, stage: "vision", status: "failed", error: limited }));
    play.send(frame({ seq: 2, ...doneWithout("failed", limited) }));
    await heading("분석하지 못했어요").waitFor();
    expect(await status().getByText("앞에 1건이 있어요.").count()).toBe(0);
    await page.clock.fastForward(12_000);
    expect(polls()).toBe(3);
  });

  it("moves the elements below smoothly when the status grows", async () => {
    const socket = await playFrames(page);
    await submitWords(labelled);
    const play = await socket();
    play.send(frame({ seq: 0, stage: "queued", status: "started" }));
    const cancel = page.getByRole("button", { name: "취소" });
    const before = await cancel.boundingBox();
    const moved = page.evaluate(cancelTopAtNextStatus);
    play.send(frame({ seq: 1, stage: "vision", status: "parked", error: limited }));
    expect(await moved).toBeCloseTo(before?.y ?? NaN, 0);
    await vi.waitFor(async () => {
      expect((await cancel.boundingBox())?.y).toBeGreaterThan((before?.y ?? NaN) + 50);
    });
  });

  it.each([
    ["MODEL_UNAUTHORIZED", "담당자가 확인해야 해요."],
    ["PHOTO_GONE", "사진을 다시 올려 주세요."],
    ["UNKNOWN_CODE", "알 수 없는 문제가 생겼어요."],
  ])("shows why a scan failed with %s, and offers another attempt", async (code, why) => {
    const socket = await playFrames(page);
    await submitWords(labelled);
    const error = { code, message: "in English" };
    const play = await socket();
    play.send(frame({ seq: 0, stage: "queued", status: "started" }));
    play.send(frame({ seq: 1, stage: "vision", status: "failed", error }));
    play.send(frame({ seq: 2, ...doneWithout("failed", error) }));
    await heading("분석하지 못했어요").waitFor();
    await status().getByText(why).waitFor();
    await status().getByText(`오류 코드 ${code}`).waitFor();
    await page.getByRole("button", { name: "다시 물어보기" }).click();
    expect(await words().inputValue()).toBe(labelled);
  });

  it("cancels a running scan as its user", async () => {
    const socket = await playFrames(page);
    let user: string | undefined;
    await page.route("**/api/v1/scan/j", async (route) => {
      if (route.request().method() !== "DELETE") return route.fallback();
      user = route.request().headers()["x-user-id"];
      await route.fulfill({ json: { status: "cancelled" } });
    });
    await submitWords(labelled);
    const play = await socket();
    play.send(frame({ seq: 0, stage: "queued", status: "started" }));
    await page.getByRole("button", { name: "취소" }).click();
    await page.getByRole("button", { name: "취소하고 있어요…" }).waitFor();
    play.send(frame({ seq: 1, stage: "vision", status: "cancelled" }));
    play.send(frame({ seq: 2, ...doneWithout("cancelled", null) }));
    await heading("분석을 취소했어요").waitFor();
    expect(user).toMatch(/^web-[0-9a-f]{32}$/);
  });

  it.each([
    [401, "UNAUTHORIZED", "로그인이 필요해요."],
    [413, "PAYLOAD_TOO_LARGE", "사진이 너무 커요."],
    [415, "UNSUPPORTED_MEDIA_TYPE", "읽을 수 없는 사진 형식이에요."],
    [422, "VALIDATION_ERROR", "서버가 읽지 못했어요."],
    [500, "INTERNAL_ERROR", "서버에 문제가 생겼어요."],
  ])(
    "shows why the server refused a scan with %i, and keeps the words",
    async (status, code, why) => {
      expected = new RegExp(String(status));
      await page.route("**/api/v1/scan", (route) =>
        route.fulfill({
          status,
          contentType: "application/problem+json",
          body: JSON.stringify({ code }),
        }),
      );
      await submitWords(labelled);
      await page.getByRole("alert").getByText(why).waitFor();
      expect(await words().inputValue()).toBe(labelled);
      expect(await submitButton().isEnabled()).toBe(true);
    },
  );

  it("submits one scan when the response is lost", async () => {
    expected = /ERR_FAILED/;
    const keys: (string | undefined)[] = [];
    const jobs: string[] = [];
    await page.route("**/api/v1/scan", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      const response = await route.fetch();
      const { job_id }: { job_id: string } = await response.json();
      jobs.push(job_id);
      if (keys.length === 1) await route.abort();
      else await route.fulfill({ response });
    });
    await submitWords(labelled);
    await page.getByText("다시 보내고 있어요 (2번째).").waitFor();
    await heading("버리기 전에 이것만 더").waitFor();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(new Set(jobs).size).toBe(1);
  });
});

/** A PNG of this size, made by the browser. */
async function paintPhoto(page: Page, width: number, height: number): Promise<Buffer> {
  const url = await page.evaluate(
    ([w, h]) => {
      const canvas = document.createElement("canvas");
      canvas.width = w;
      canvas.height = h;
      canvas.getContext("2d")?.fillRect(0, 0, w, h);
      return canvas.toDataURL("image/png");
    },
    [width, height] as const,
  );
  return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
}

import { existsSync } from "node:fs";
import { type Browser, chromium, type Page, type WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame } from "../../src/pipeline/frames.ts";
import { type Server, startServer } from "./server.ts";

const executablePath = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const phone = { width: 390, height: 844 };
const socketPath = /\/api\/v1\/scan\/[^/]+\/ws\?/;

const rinsed = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
const labelled = "라벨 붙은 투명 페트병";

declare global {
  /** What the page has told of its scan so far, in order. */
  var told: string[];
}

// A machine without a browser does without these tests; CI, which installs one, may not.
const browserless = !existsSync(executablePath) && process.env["CI"] !== "true";

describe.skipIf(browserless)("the page", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  /** What Chromium itself says of requests that are meant to fail. */
  let expected: RegExp | null;

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startServer(),
      chromium.launch({
        executablePath,
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      }),
    ]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    complaints = [];
    expected = null;
    const context = await browser.newContext({
      baseURL: server.url,
      viewport: phone,
      locale: "ko-KR",
      timezoneId: "Asia/Seoul",
    });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    // A refusal by the content security policy is such an error, too.
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.addInitScript(recordWhatIsTold);
  });

  afterEach(async () => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    await page.context().close();
    expect(width).toBeLessThanOrEqual(phone.width);
    expect(complaints.filter((text) => !expected?.test(text))).toEqual([]);
  });

  const heading = (name: string) => page.getByRole("heading", { name, exact: true });
  const telling = () => page.getByRole("region", { name: "진행 상황" }).getByRole("status").first();
  const step = (name: string) => page.getByRole("listitem").filter({ hasText: name });
  const submit = () => page.getByRole("button", { name: "배출 방법 알아보기" });
  const words = () => page.getByLabel("무엇을 버리시나요?");

  async function ask(text: string) {
    await page.goto("/");
    await words().fill(text);
    await submit().click();
  }

  /** Follows the server's real frames, but hands them on only up to a seq. */
  async function holdFrames() {
    let limit = -1;
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
        held.push({ socket, text, seq: seqOf(text) });
        release();
      });
    });
    return (seq: number) => {
      limit = seq;
      release();
    };
  }

  /** Accepts any scan without the server, and gives the sockets on which to play its frames. */
  async function playFrames() {
    const sockets: WebSocketRoute[] = [];
    await page.route("**/api/v1/scan", (route) =>
      route.fulfill({
        status: 202,
        json: { job_id: "j", stream_url: "/api/v1/scan/j/events?token=t", status: "queued" },
      }),
    );
    await page.routeWebSocket(socketPath, (socket) => void sockets.push(socket));
    return (number = 0) =>
      vi.waitFor(() => {
        const socket = sockets[number];
        if (!socket) throw new Error(`There is no socket ${number} yet`);
        return socket;
      }, 15_000);
  }

  it("shows the steps and the class as soon as they are known, then the answer and its character", async () => {
    const passUpTo = await holdFrames();
    await ask(rinsed);
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
    await heading("분석이 끝났어요").waitFor();
    expect(await page.getByText("완료됨", { exact: true }).count()).toBe(4);
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
    await page.getByText("라벨까지 떼어 주다니 최고야!").waitFor();
    expect(await page.getByText("내용물을 깨끗이 비워 주세요.").count()).toBe(1);
    await page.getByText(/환경부.*2020년 12월 25일 시행/).waitFor();
    expect(await page.getByText("버리기 전에 이것만 더").count()).toBe(0);
  });

  it("says what is still missing, and gives no character for it", async () => {
    await ask(labelled);
    await heading("버리기 전에 이것만 더").waitFor();
    await page.getByText("비닐 라벨이 아직 붙어 있어요.").waitFor();
    await page.getByText("캐릭터 친구를 만날 수 있어요.").waitFor();
    expect(await page.getByText("새 친구를 만났어요!").count()).toBe(0);

    await page.getByRole("button", { name: "새로 분석하기" }).click();
    await heading("무엇을 버릴까요?").and(page.locator(":focus")).waitFor();
    expect(await words().inputValue()).toBe("");
    await page.reload();
    await heading("무엇을 버릴까요?").waitFor();
  });

  it("does not pretend to know what no rule covers, and asks again with the same words", async () => {
    await ask("우주선 잔해");
    await heading("무엇인지 알아내지 못했어요").waitFor();
    await page.getByText("배출 규정에서 찾지 못했어요").waitFor();
    expect(await page.getByText("배출 규정 매칭 실패").count()).toBe(0);
    await page.getByRole("button", { name: "다시 물어보기" }).click();
    await heading("무엇을 버릴까요?").waitFor();
    expect(await words().inputValue()).toBe("우주선 잔해");
  });

  it("sends a photo alone, made small, and tells that the offline model cannot see it", async () => {
    await page.goto("/");
    expect(await submit().isDisabled()).toBe(true);
    const photo = { name: "병.png", mimeType: "image/png", buffer: await paint(page, 2000, 1500) };
    await page.getByLabel("사진 고르기").setInputFiles(photo);
    const preview = page.getByRole("img", { name: "보낼 사진 미리 보기" });
    await preview.waitFor();
    await page.getByRole("button", { name: "사진 지우기" }).click();
    await preview.waitFor({ state: "detached" });
    expect(await submit().isDisabled()).toBe(true);

    await page.getByLabel("사진 찍기").setInputFiles(photo);
    await preview.and(page.locator(":not([src=''])")).waitFor();
    const size = await preview.evaluate(async (image: HTMLImageElement) => {
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    expect(size).toEqual([1024, 768]);
    await submit().click();
    await page.getByText("사진을 볼 수 없어요").waitFor();
    await page.getByRole("img", { name: "보낸 사진" }).waitFor();
  });

  it("refuses a photo that it can neither read nor send", async () => {
    await page.goto("/");
    const buffer = Buffer.alloc(10 * 1024 * 1024 + 1);
    await page
      .getByLabel("사진 고르기")
      .setInputFiles({ name: "big.heic", mimeType: "image/heic", buffer });
    await page.getByText("사진이 너무 커요.").waitFor();
    expect(await submit().isDisabled()).toBe(true);
  });

  it("shows the same scan after a reload, in the middle as well as at the end", async () => {
    const passUpTo = await holdFrames();
    await ask(rinsed);
    passUpTo(2);
    await page.getByText("무색페트병", { exact: true }).waitFor();

    await page.reload();
    await page.getByText(`“${rinsed}”`).waitFor();
    await page.getByText("무색페트병", { exact: true }).waitFor();
    passUpTo(Infinity);
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();

    await page.reload();
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
    await heading("분석이 끝났어요").waitFor();
  });

  it("goes back to the form when the scan it remembers has expired", async () => {
    expected = /404|WebSocket/;
    await page.addInitScript((jobId) => {
      const streamUrl = `/api/v1/scan/${jobId}/events?token=old`;
      sessionStorage.setItem("eco2-scan", JSON.stringify({ jobId, streamUrl, words: "옛날 병" }));
    }, crypto.randomUUID());
    await page.goto("/");
    await page.getByText("보관 기간이 지난 분석").waitFor();
    expect(await page.evaluate(() => sessionStorage.getItem("eco2-scan"))).toBeNull();
  });

  it.each([
    ["throws", socketThatThrows],
    ["never opens", socketThatNeverOpens],
  ])("follows over server-sent events when WebSocket %s", async (_, blocked) => {
    expected = /nowhere/;
    await page.addInitScript(blocked);
    const streamed = page.waitForRequest(/\/events\?token=/);
    await ask(rinsed);
    await streamed;
    await page.getByRole("img", { name: "캐릭터 페티" }).waitFor();
    await heading("분석이 끝났어요").waitFor();
  });

  it("goes on after the last frame when the connection is lost, and says so", async () => {
    const socket = await playFrames();
    await ask(labelled);
    const first = await socket(0);
    first.send(frame({ seq: 0, stage: "queued", status: "started" }));
    first.send(frame({ seq: 1, stage: "vision", status: "started", attempt: 1 }));
    first.send(frame({ seq: 2, ...seen }));
    await page.getByText("무색페트병", { exact: true }).waitFor();
    await first.close({ code: 1012 });

    const second = await socket(1);
    expect(new URL(second.url()).searchParams.get("after")).toBe("2");
    second.send(frame({ seq: 1, stage: "vision", status: "started", attempt: 1 }));
    second.send(frame({ seq: 3, stage: "rule", status: "started", attempt: 1, progress: 25 }));
    await telling().getByText("알맞은 배출 규정을 찾고 있어요.").waitFor();
    const told = await page.evaluate(() => globalThis.told);
    expect(told.join("\n")).toContain("연결이 끊겼어요. 다시 잇는 중이에요.");
    expect(told.filter((text) => text.includes("살펴보고"))).toHaveLength(1);
  });

  it("tells of a retry, of a park, and of going on, in plain words", async () => {
    const socket = await playFrames();
    await ask(labelled);
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
    await telling().getByText("AI 모델을 찾는 사람이 많아요.").waitFor();
    await telling().getByText("오후 12:04:05에 2번째 시도를 해요.").waitFor();

    play.send(frame({ seq: 3, stage: "vision", status: "started", attempt: 2 }));
    await telling().getByText("2번째 시도예요.").waitFor();

    play.send(frame({ seq: 4, stage: "vision", status: "parked", error: limited }));
    await heading("잠시 멈췄어요").waitFor();
    await telling().getByText("다시 시작되면 이 화면에서 이어 보여 드릴게요.").waitFor();
    await telling().getByText("오류 코드 MODEL_RATE_LIMITED").waitFor();

    play.send(frame({ seq: 5, stage: "vision", status: "resumed" }));
    await telling().getByText("다시 이어서 할게요.").waitFor();
    play.send(frame({ seq: 6, stage: "vision", status: "started", attempt: 1 }));
    play.send(frame({ seq: 7, ...seen }));
    await page.getByText("무색페트병", { exact: true }).waitFor();
    expect(await telling().textContent()).toBe("알맞은 배출 규정을 찾고 있어요.");
  });

  it.each([
    ["MODEL_UNAUTHORIZED", "API 키를 확인해야 해요."],
    ["PHOTO_GONE", "사진을 다시 올려 주세요."],
    ["NEVER_HEARD_OF", "알 수 없는 문제가 생겼어요."],
  ])("says why a scan failed with %s, and offers to ask again", async (code, why) => {
    const socket = await playFrames();
    await ask(labelled);
    const error = { code, message: "in English" };
    const play = await socket();
    play.send(frame({ seq: 0, stage: "queued", status: "started" }));
    play.send(frame({ seq: 1, stage: "vision", status: "failed", error }));
    play.send(frame({ seq: 2, ...ended("failed", error) }));
    await heading("분석하지 못했어요").waitFor();
    await telling().getByText(why).waitFor();
    await telling().getByText(`오류 코드 ${code}`).waitFor();
    await page.getByRole("button", { name: "다시 물어보기" }).click();
    expect(await words().inputValue()).toBe(labelled);
  });

  it("cancels a running scan as its user", async () => {
    const socket = await playFrames();
    let user: string | undefined;
    await page.route("**/api/v1/scan/j", async (route) => {
      expect(route.request().method()).toBe("DELETE");
      user = route.request().headers()["x-user-id"];
      await route.fulfill({ json: { status: "cancelled" } });
    });
    await ask(labelled);
    const play = await socket();
    play.send(frame({ seq: 0, stage: "queued", status: "started" }));
    await page.getByRole("button", { name: "취소" }).click();
    await page.getByRole("button", { name: "취소하고 있어요…" }).waitFor();
    play.send(frame({ seq: 1, stage: "vision", status: "cancelled" }));
    play.send(frame({ seq: 2, ...ended("cancelled", null) }));
    await heading("분석을 취소했어요").waitFor();
    expect(user).toMatch(/^web-[0-9a-f]{32}$/);
  });

  it.each([
    [401, "UNAUTHORIZED", "누가 쓰는지 확인하지 못했어요."],
    [413, "PAYLOAD_TOO_LARGE", "사진이 너무 커요."],
    [415, "UNSUPPORTED_MEDIA_TYPE", "읽을 수 없는 사진 형식이에요."],
    [422, "VALIDATION_ERROR", "서버가 읽지 못했어요."],
    [500, "INTERNAL_ERROR", "서버에 문제가 생겼어요."],
  ])("says why a submit was refused with %i, and keeps the words", async (status, code, why) => {
    expected = new RegExp(String(status));
    await page.route("**/api/v1/scan", (route) =>
      route.fulfill({
        status,
        contentType: "application/problem+json",
        body: JSON.stringify({ code }),
      }),
    );
    await ask(labelled);
    await page.getByRole("alert").getByText(why).waitFor();
    expect(await words().inputValue()).toBe(labelled);
    expect(await submit().isEnabled()).toBe(true);
  });

  it("submits again under the same key when the answer is lost, and makes one scan", async () => {
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
    await ask(labelled);
    await page.getByText("다시 보내고 있어요 (2번째).").waitFor();
    await heading("버리기 전에 이것만 더").waitFor();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(new Set(jobs).size).toBe(1);
  });
});

function seqOf(text: string): number {
  const { seq }: Frame = JSON.parse(text);
  return seq;
}

type Told = Partial<Frame> & Pick<Frame, "seq" | "stage" | "status">;

const frame = (told: Told): string =>
  JSON.stringify({ job_id: "j", ts: new Date().toISOString(), progress: 0, ...told });

const seen = {
  stage: "vision",
  status: "completed",
  progress: 25,
  result: {
    classification: {
      major_category: "재활용폐기물",
      middle_category: "무색페트병",
      minor_category: null,
    },
    situation_tags: [],
    notice: null,
    usage: { input_tokens: 0, output_tokens: 0 },
  },
} as const;

const ended = (status: "failed" | "cancelled", error: { code: string; message: string } | null) =>
  ({
    stage: "done",
    status: "completed",
    progress: 100,
    result: { task_id: "j", status, message: "", pipeline_result: null, reward: null, error },
  }) as const;

/** A real photo of nothing, made by the browser. */
async function paint(page: Page, width: number, height: number): Promise<Buffer> {
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

// What follows runs in the page.

function recordWhatIsTold() {
  globalThis.told = [];
  const seeing = new MutationObserver(() => {
    const text = document.querySelector(".telling")?.textContent;
    if (text && text !== globalThis.told.at(-1)) globalThis.told.push(text);
  });
  seeing.observe(document, { childList: true, subtree: true, characterData: true });
}

function socketThatThrows() {
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct() {
      throw new DOMException("blocked", "SecurityError");
    },
  });
}

function socketThatNeverOpens() {
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct: (Socket) => new Socket(`ws://${location.host}/nowhere`),
  });
}

import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

const ask = (language?: string) =>
  exports.default.fetch("https://eco2.example/api/v1/nowhere", {
    ...(language !== undefined && { headers: { "accept-language": language } }),
  });

const english = "There is no such route";
const korean = "없는 주소예요";

describe("a problem", () => {
  it.each([
    [undefined, "en", english],
    ["ko", "ko", korean],
    ["ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko", korean],
    ["KO-kr", "ko", korean],
    ["en-US,en;q=0.9,ko;q=0.8", "en", english],
    ["ja,ko;q=0.2,en;q=0.1", "ko", korean],
    ["ko;q=0", "en", english],
    ["fr-FR", "en", english],
    ["*", "en", english],
    ["", "en", english],
    [";;q=x,,", "en", english],
  ])("for Accept-Language %j is in %s", async (asked, language, title) => {
    const response = await ask(asked);
    expect(response.headers.get("content-language")).toBe(language);
    expect(response.headers.get("vary")).toMatch(/\bAccept-Language\b/);
    expect(response.headers.get("vary")).toMatch(/\bOrigin\b/);
    expect(await response.json()).toMatchObject({
      type: "/problems/NOT_FOUND",
      title,
      status: 404,
      code: "NOT_FOUND",
    });
  });

  it("reads a header of a thousand languages to its end", async () => {
    const response = await ask(`${"x,".repeat(1_000)}ko`);
    expect(response.headers.get("content-language")).toBe("ko");
  });

  it("has a detail in the language of its title", async () => {
    expect(await (await ask("en")).json()).toMatchObject({
      detail: "There is no GET /api/v1/nowhere.",
    });
    expect(await (await ask("ko")).json()).toMatchObject({
      detail: "없는 주소예요. 주소나 이름을 확인해 주세요.",
    });
  });
});

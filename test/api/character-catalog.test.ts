import { env } from "cloudflare:workers";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { callWorker, callApp } from "../support/worker-requests.ts";

const Catalog = z.object({
  version: z.int(),
  characters: z.array(
    z.strictObject({
      code: z.string(),
      name: z.string(),
      type: z.string(),
      dialog: z.string(),
      match: z.string(),
    }),
  ),
});
const base = "/api/v1/ops/catalog";

const ops = (method: string, path = "", body?: unknown, token = "ops-secret") => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return callApp({ OPS_TOKEN: "ops-secret" }, `${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(text !== undefined && { body: text }),
  });
};
const read = async () => Catalog.parse(await (await ops("GET")).json());
const audits = () => env.DB.prepare("SELECT COUNT(*) AS count FROM audit").first<number>("count");
const audited = () =>
  env.DB.prepare(
    "SELECT by, action, target, detail FROM audit ORDER BY id DESC LIMIT 1",
  ).first<object>();

const eco = {
  code: "char-eco",
  name: "이코",
  type: "기본",
  dialog: "안녕! 나는 이코야. 오늘도 같이 지구를 지켜 보자!",
  match: "대표 캐릭터",
};
const capy = { name: "캐피", type: "재활용", dialog: "안녕!", match: "캔" };
let seeded: z.infer<typeof Catalog>["characters"];

beforeEach(async () => {
  seeded ??= (await read()).characters;
  await ops("PUT", "", { characters: seeded });
});
// The files behind this one share its stores.
afterAll(() => ops("PUT", "", { characters: seeded }));

describe("the catalog, for operators", () => {
  it("is listed with its version, the default character among the thirteen", async () => {
    const { version, characters } = await read();
    expect(version).toBeGreaterThan(0);
    expect(characters).toHaveLength(13);
    expect(characters).toContainEqual(eco);
  });

  it("takes a character, and changes one, each with a version and an audit row", async () => {
    const { version } = await read();
    const added = await ops("PUT", "/char-capy", { ...capy, by: "김 운영", why: "새 친구" });
    expect(added.status).toBe(200);
    expect(await added.json()).toEqual({ version: version + 1, code: "char-capy", ...capy });
    expect(await audited()).toEqual({
      by: "김 운영",
      action: "catalog.upsert",
      target: "char-capy",
      detail: JSON.stringify({ why: "새 친구", ...capy }),
    });
    await ops("PUT", "/char-capy", { ...capy, name: "캐피바라" });
    const after = await read();
    expect(after.version).toBe(version + 2);
    expect(after.characters).toHaveLength(14);
    expect(after.characters).toContainEqual({ code: "char-capy", ...capy, name: "캐피바라" });
    expect(await audited()).toMatchObject({ by: "operator" });
  });

  it("loses a character, once", async () => {
    const { version } = await read();
    const removed = await ops("DELETE", "/char-petty", { by: "kim", why: "은퇴" });
    expect(await removed.json()).toEqual({ version: version + 1, code: "char-petty" });
    expect(await audited()).toMatchObject({ action: "catalog.delete", target: "char-petty" });
    const before = await audits();
    const again = await ops("DELETE", "/char-petty");
    expect(again.status).toBe(404);
    expect(await again.json()).toMatchObject({ code: "NOT_FOUND" });
    expect(await audits()).toBe(before);
    expect((await read()).version).toBe(version + 1);
  });

  it("is replaced as a whole, in the order that it is given", async () => {
    const { version } = await read();
    const characters = [{ code: "char-capy", ...capy }, eco];
    const response = await ops("PUT", "", { characters, by: "kim", why: "시즌 2" });
    expect(await response.json()).toEqual({ version: version + 1, characters });
    expect(await read()).toEqual({ version: version + 1, characters });
    expect(await audited()).toMatchObject({
      action: "catalog.refresh",
      detail: JSON.stringify({ why: "시즌 2", codes: ["char-capy", "char-eco"] }),
    });
  });

  it("takes labels composed, as they are matched", async () => {
    await ops("PUT", "/char-capy", { ...capy, match: "  무색캔".normalize("NFD") });
    expect((await read()).characters.at(-1)?.match).toBe("무색캔".normalize("NFC"));
  });

  const other = { code: "char-capy", ...capy };
  it.each<[string, string, string, unknown, number, string, string?]>([
    ["an empty list", "PUT", "", { characters: [] }, 422, "VALIDATION_ERROR", "characters"],
    [
      "a code twice",
      "PUT",
      "",
      { characters: [eco, other, { ...other, match: "병" }] },
      422,
      "VALIDATION_ERROR",
      "characters.2.code",
    ],
    [
      "a label twice",
      "PUT",
      "",
      { characters: [eco, other, { ...other, code: "char-2" }] },
      422,
      "VALIDATION_ERROR",
      "characters.2.match",
    ],
    [
      "a list without the default character",
      "PUT",
      "",
      { characters: [other] },
      422,
      "VALIDATION_ERROR",
      "characters",
    ],
    [
      "a member without a name",
      "PUT",
      "",
      { characters: [eco, { ...other, name: " " }] },
      422,
      "VALIDATION_ERROR",
      "characters.1.name",
    ],
    ["a list by itself", "PUT", "", [eco], 422, "VALIDATION_ERROR"],
    ["a refresh that is not JSON", "PUT", "", "{", 400, "MALFORMED_JSON"],
    ["a refresh without a body", "PUT", "", undefined, 400, "MALFORMED_JSON"],
    ["an upsert that is not JSON", "PUT", "/char-capy", "[", 400, "MALFORMED_JSON"],
    [
      "an upsert without a label",
      "PUT",
      "/char-capy",
      { ...capy, match: undefined },
      422,
      "VALIDATION_ERROR",
      "match",
    ],
    [
      "an upsert with another field",
      "PUT",
      "/char-capy",
      { ...capy, code: "c" },
      422,
      "VALIDATION_ERROR",
      "code",
    ],
    [
      "a dialog that is too long",
      "PUT",
      "/char-capy",
      { ...capy, dialog: "말".repeat(501) },
      422,
      "VALIDATION_ERROR",
      "dialog",
    ],
    [
      "a label that belongs to another",
      "PUT",
      "/char-capy",
      { ...capy, match: "종이" },
      422,
      "VALIDATION_ERROR",
      "match",
    ],
    ["a code that is none", "PUT", "/a%20b", capy, 422, "VALIDATION_ERROR", "code"],
    [
      "another label for the default character",
      "PUT",
      "/char-eco",
      capy,
      422,
      "VALIDATION_ERROR",
      "",
    ],
    ["a blank name of who changes it", "PUT", "/c", { ...capy, by: " " }, 422, "VALIDATION_ERROR"],
    [
      "the end of the default character",
      "DELETE",
      "/char-eco",
      undefined,
      422,
      "VALIDATION_ERROR",
      "",
    ],
    ["the end of nobody", "DELETE", "/nobody", undefined, 404, "NOT_FOUND"],
    ["a deletion that is not JSON", "DELETE", "/char-petty", "{", 400, "MALFORMED_JSON"],
    ["a deletion with another field", "DELETE", "/char-petty", { a: 1 }, 422, "VALIDATION_ERROR"],
  ])("refuses %s, and changes nothing", async (_, method, path, body, status, code, field) => {
    const before = await read();
    const noted = await audits();
    const response = await ops(method, path, body);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    const problem: unknown = await response.json();
    expect(problem).toMatchObject({ code });
    if (field !== undefined) {
      const invalid = { path: field, message: expect.any(String) };
      expect(problem).toMatchObject({ errors: expect.arrayContaining([invalid]) });
    }
    expect(await read()).toEqual(before);
    expect(await audits()).toBe(noted);
  });

  it.each([
    ["GET", ""],
    ["PUT", ""],
    ["PUT", "/char-capy"],
    ["DELETE", "/char-petty"],
  ])("is closed to %s %s without the token, or with another", async (method, path) => {
    const before = await read();
    const body = method === "GET" ? undefined : capy;
    expect((await ops(method, path, body, "other")).status).toBe(401);
    const open = await callApp({ OPS_TOKEN: "ops-secret" }, `${base}${path}`, { method });
    expect(open.status).toBe(401);
    expect(await read()).toEqual(before);
  });
});

describe("the catalog, for anybody", () => {
  const get = (headers: Record<string, string> = {}) =>
    callWorker("/api/v1/character/catalog", { user: null, headers });

  it("lists who can be collected, without their codes", async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("public, max-age=30");
    const shown = await response.json<object[]>();
    expect(shown).toHaveLength(13);
    const { code: _, ...rest } = eco;
    expect(shown).toContainEqual(rest);
  });

  it("is not sent again to whoever has it, until it changes", async () => {
    const etag = (await get()).headers.get("etag") ?? "";
    const again = await get({ "if-none-match": etag });
    expect(again.status).toBe(304);
    expect(again.headers.get("etag")).toBe(etag);
    expect(await again.text()).toBe("");

    await ops("PUT", "/char-capy", capy);
    await vi.waitFor(
      async () => {
        const changed = await get({ "if-none-match": etag });
        expect(changed.status).toBe(200);
        expect(await changed.json()).toContainEqual(capy);
      },
      { timeout: 5_000, interval: 200 },
    );
  });
});

describe("the list of dead letters of writes", () => {
  it("is closed without the token", async () => {
    const path = "/api/v1/ops/dead-letters?kind=write";
    expect((await callApp({ OPS_TOKEN: "ops-secret" }, path)).status).toBe(401);
    expect((await callApp({ OPS_TOKEN: "" }, path)).status).toBe(401);
  });

  const list = (query: string) =>
    callApp({ OPS_TOKEN: "ops-secret" }, `/api/v1/ops/dead-letters${query}`, {
      headers: { authorization: "Bearer ops-secret" },
    });

  it("is empty, with no page after it, when there are none", async () => {
    expect(await (await list("?limit=10&kind=write&source=scan-events")).json()).toEqual({
      dead_letters: [],
      next_cursor: null,
    });
  });

  it.each(["limit=0", "limit=101", "limit=x", "status=lost", "source=scan-vision", "cursor=abc"])(
    "refuses %s",
    async (query) => {
      const response = await list(`?${query}`);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: "VALIDATION_ERROR" });
    },
  );
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { appFetch } from "../support/app-fetch.ts";
import { buildJpeg } from "../support/photos.ts";

const ask = appFetch({}, "http://localhost");
const user = { "x-user-id": `user-${crypto.randomUUID()}` };

const Address = z.object({ upload_url: z.url(), cdn_url: z.url() });
const pathOf = (address: string) => address.slice("http://localhost".length);

async function storedPhoto(): Promise<string> {
  const announced = await ask("/api/v1/images/scan", {
    method: "POST",
    headers: { ...user, "content-type": "application/json" },
    body: JSON.stringify({ filename: "photo.jpg", content_type: "image/jpeg" }),
  });
  const { upload_url, cdn_url } = Address.parse(await announced.json());
  expect((await ask(pathOf(upload_url), { method: "PUT", body: buildJpeg() })).status).toBe(200);
  return pathOf(cdn_url);
}
const photo = await storedPhoto();

/** Each route that looks at it, and what it takes. */
const routes = [
  photo,
  "/api/v1/regulations",
  `/api/v1/regulations/search?q=${encodeURIComponent("생수병")}`,
  `/api/v1/regulations/${encodeURIComponent("재활용폐기물_무색페트병")}`,
  "/api/v1/character/catalog",
];

const malformed = [
  "",
  " ",
  "abc",
  '"',
  '"abc',
  'abc"',
  "''",
  "W/",
  'W/"',
  "W/abc",
  'w/"abc"',
  '"a" "b"',
  '"a",',
  ',"a"',
  '"a",,"b"',
  '"a", *',
  "**",
  "*, *",
  '\\"a\\"',
  "0",
  "null",
  "[]",
  "%22a%22",
  '"\t',
  `"${"a".repeat(10_000)}`,
  `${'"a",'.repeat(2_000)}b`,
];

describe.each(routes)("%s", (path) => {
  it.each(malformed)("answers as without it to If-None-Match: %j", async (value) => {
    const response = await ask(path, { headers: { ...user, "if-none-match": value } });
    await response.body?.cancel();
    expect(response.status).toBe(200);
  });

  it("answers 304 to its ETag, alone or among others", async () => {
    const first = await ask(path, { headers: user });
    await first.body?.cancel();
    const etag = first.headers.get("etag") ?? "";
    for (const value of [etag, `"other", ${etag}`, `W/${etag}`]) {
      const known = await ask(path, { headers: { ...user, "if-none-match": value } });
      expect(known.status).toBe(304);
    }
  });
});

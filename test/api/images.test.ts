import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { signedPhotoPath } from "../../src/images/photo-url.ts";
import { cleanPhoto } from "../../src/images/clean/clean-photo.ts";
import { maxPhotoBytes } from "../../src/images/media-type.ts";
import { asciiOf, bytesOf, joined } from "../../src/images/clean/byte-reader.ts";
import { accountIdOf } from "../../src/objects.ts";
import { buildHeic } from "../support/build-heic.ts";
import {
  buildJpeg,
  insert,
  jpegSegment,
  photos,
  containsSecret,
  photosWithSecret,
} from "../support/photos.ts";
import { callApp } from "../support/worker-requests.ts";
import { jobOf, stateOf } from "../support/job-builders.ts";

const settings = { SIGNING_SECRET: crypto.randomUUID() };
const aUser = () => `user-${crypto.randomUUID()}`;
const as = (user: string, headers: Record<string, string> = {}) => ({
  "x-user-id": user,
  ...headers,
});

interface Upload {
  key: string;
  upload_url: string;
  cdn_url: string;
  expires_in: number;
  required_headers: Record<string, string>;
}

const announce = (
  user: string,
  body: unknown = { filename: "사진 1.jpg", content_type: "image/jpeg" },
  { channel = "scan", changed = {} }: { channel?: string; changed?: Partial<Env> } = {},
) =>
  callApp({ ...settings, ...changed }, `/api/v1/images/${channel}`, {
    method: "POST",
    headers: as(user, { "content-type": "application/json" }),
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

async function announced(user: string, channel = "scan"): Promise<Upload> {
  return (await announce(user, undefined, { channel })).json();
}

/** As the existing front end does it: it calls every file a PNG, and sends no cookies. */
const put = (url: string, photo: BodyInit, headers: Record<string, string> = {}) =>
  callApp(settings, url, {
    method: "PUT",
    headers: { "content-type": "image/png", ...headers },
    body: photo,
  });

async function uploaded(
  user: string,
  photo: Uint8Array<ArrayBuffer> = buildJpeg(),
): Promise<Upload> {
  const upload = await announced(user);
  const { status } = await put(upload.upload_url, photo);
  if (status !== 200) throw new Error(`The upload was answered with ${status}`);
  return upload;
}

const see = (url: string, headers: Record<string, string> = {}) =>
  callApp(settings, url, { headers });
const codeOf = async (response: Response) => (await response.json<{ code: string }>()).code;

const scan = (user: string, image_url: string) =>
  callApp(settings, "/api/v1/scan", {
    method: "POST",
    headers: as(user, { "content-type": "application/json" }),
    body: JSON.stringify({ image_url }),
  });

/** The photo that a scan was accepted with. */
async function photoOf(response: Response) {
  expect(response.status).toBe(202);
  const { job_id } = await response.json<{ job_id: string }>();
  const state = await stateOf(jobOf(job_id));
  return state?.request.photo;
}

const inMinutes = (minutes: number) =>
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * 60_000 });
afterEach(() => {
  vi.useRealTimers();
});

describe("asking where to upload", () => {
  it.each(["scan", "chat", "my"])(
    "gives addresses on the origin it was asked at, for %s",
    async (channel) => {
      const response = await announce(aUser(), undefined, { channel });
      expect(response.status).toBe(200);
      const { key, ...body } = await response.json<Upload>();
      expect(key).toMatch(new RegExp(`^${channel}/[0-9a-f]{32}/[0-9a-f-]{36}$`));
      expect(body).toEqual({
        upload_url: expect.stringMatching(`^http://localhost/api/v1/images/${key}\\?token=`),
        cdn_url: `http://localhost/api/v1/images/${key}`,
        expires_in: 900,
        required_headers: { "Content-Type": "image/jpeg" },
      });
    },
  );

  it("gives another address each time, which does not name the user", async () => {
    const user = aUser();
    const [first, second] = [await announced(user), await announced(user)];
    expect(first.key).not.toBe(second.key);
    const claims = atob(first.upload_url.split(".")[1] ?? "");
    expect(`${first.key} ${claims}`).not.toContain(user);
  });

  it.each([
    "image/jpeg",
    "image/jpg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/heic",
    "image/heif",
    "IMAGE/PNG",
  ])("takes %s", async (content_type) => {
    expect((await announce(aUser(), { filename: "1", content_type })).status).toBe(200);
  });

  const jpeg = { filename: "1.jpg", content_type: "image/jpeg" };
  it.each<[string, unknown, string, number, string]>([
    ["another channel", jpeg, "profile", 422, "VALIDATION_ERROR"],
    ["a channel in capitals", jpeg, "SCAN", 422, "VALIDATION_ERROR"],
    ["a channel that is a path", jpeg, "..%2fscan", 422, "VALIDATION_ERROR"],
    ["no filename", { content_type: "image/jpeg" }, "scan", 422, "VALIDATION_ERROR"],
    ["an empty filename", { ...jpeg, filename: " " }, "scan", 422, "VALIDATION_ERROR"],
    ["a path", { ...jpeg, filename: "../../etc/passwd" }, "scan", 422, "VALIDATION_ERROR"],
    ["a path of Windows", { ...jpeg, filename: "..\\1.jpg" }, "scan", 422, "VALIDATION_ERROR"],
    ["a line break", { ...jpeg, filename: "1\n.jpg" }, "scan", 422, "VALIDATION_ERROR"],
    ["a NUL", { ...jpeg, filename: "1\0.jpg" }, "scan", 422, "VALIDATION_ERROR"],
    ["a long filename", { ...jpeg, filename: "a".repeat(256) }, "scan", 422, "VALIDATION_ERROR"],
    ["a filename that is a number", { ...jpeg, filename: 1 }, "scan", 422, "VALIDATION_ERROR"],
    ["no content type", { filename: "1.jpg" }, "scan", 422, "VALIDATION_ERROR"],
    ["an SVG", { ...jpeg, content_type: "image/svg+xml" }, "scan", 422, "VALIDATION_ERROR"],
    ["a page", { ...jpeg, content_type: "text/html" }, "scan", 422, "VALIDATION_ERROR"],
    ["an AVIF", { ...jpeg, content_type: "image/avif" }, "scan", 422, "VALIDATION_ERROR"],
    ["a wildcard", { ...jpeg, content_type: "image/*" }, "scan", 422, "VALIDATION_ERROR"],
    ["a list", [], "scan", 422, "VALIDATION_ERROR"],
    ["malformed JSON", "{", "scan", 400, "MALFORMED_JSON"],
    ["a large body", { ...jpeg, note: "a".repeat(5_000) }, "scan", 413, "PAYLOAD_TOO_LARGE"],
  ])("refuses %s", async (_, body, channel, status, code) => {
    const response = await announce(aUser(), body, { channel });
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toBe(code);
  });

  it("has to be somebody's", async () => {
    const response = await callApp(settings, "/api/v1/images/scan", { method: "POST" });
    expect(response.status).toBe(401);
  });

  it.each([
    ["", "is not set"],
    ["short", "must have 32 bytes or more"],
  ])("names what is missing when SIGNING_SECRET is %j", async (SIGNING_SECRET, missing) => {
    const response = await announce(aUser(), undefined, { changed: { SIGNING_SECRET } });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: "NOT_CONFIGURED",
      detail: expect.stringContaining(missing),
    });
  });
});

describe("uploading", () => {
  it("goes from the address to the scan, and its owner sees it again without its metadata", async () => {
    const user = aUser();
    const { upload_url, cdn_url, key } = await announced(user);
    expect(containsSecret(photosWithSecret.jpeg)).toBe(true);
    const stored = await put(upload_url, photosWithSecret.jpeg);
    expect(stored.status).toBe(200);

    for (const image_url of [cdn_url, new URL(cdn_url).pathname]) {
      const photo = await photoOf(await scan(user, image_url));
      expect(photo).toMatchObject({ kind: "stored", key, type: "image/jpeg" });
    }
    const seen = await see(cdn_url, as(user));
    expect(seen.headers.get("content-type")).toBe("image/jpeg");
    const bytes = await seen.bytes();
    expect(bytes).toEqual(cleanPhoto(photosWithSecret.jpeg).bytes);
    expect(containsSecret(bytes)).toBe(false);
  });

  it.each([
    ["image/jpeg", photos.progressive],
    ["image/png", photos.png],
    ["image/webp", photos.lossless],
    ["image/gif", photos.animatedGif],
  ])("accepts %s by its bytes, whatever its header claims", async (type, photo) => {
    const user = aUser();
    const { cdn_url } = await uploaded(user, photo);
    const seen = await see(cdn_url, as(user));
    expect(seen.headers.get("content-type")).toBe(type);
    expect(await seen.bytes()).toEqual(cleanPhoto(photo).bytes);
  });

  it("accepts HEIC where a model takes it, and refuses it where none does", async () => {
    const photo = buildHeic();
    const user = aUser();
    const refused = await put((await announced(user)).upload_url, photo);
    expect(refused.status).toBe(415);
    expect(await codeOf(refused)).toBe("UNSUPPORTED_PHOTO_TYPE");
    const { upload_url, cdn_url } = await announced(user);
    const withGemini = { ...settings, GEMINI_API_KEY: "gm-1" };
    expect((await callApp(withGemini, upload_url, { method: "PUT", body: photo })).status).toBe(
      200,
    );
    const seen = await see(cdn_url, as(user));
    expect(seen.headers.get("content-type")).toBe("image/heic");
    expect(await seen.bytes()).toEqual(cleanPhoto(photo).bytes);
  });

  it("is done once with each address", async () => {
    const user = aUser();
    const { upload_url, cdn_url } = await announced(user);
    const photo = buildJpeg();
    await put(upload_url, photo);
    const again = await put(upload_url, buildJpeg());
    expect(again.status).toBe(409);
    expect(await codeOf(again)).toBe("UPLOAD_USED");
    expect(await (await see(cdn_url, as(user))).bytes()).toEqual(photo);
  });

  it("is done once when two come at once", async () => {
    const user = aUser();
    const { upload_url, cdn_url } = await announced(user);
    const both = [buildJpeg(), buildJpeg()];
    const statuses = (await Promise.all(both.map((it) => put(upload_url, it)))).map(
      ({ status }) => status,
    );
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 409]);
    const winner = both[statuses.indexOf(200)];
    expect(await (await see(cdn_url, as(user))).bytes()).toEqual(winner);
  });

  it("can be done again after it broke off, or after a photo that was refused", async () => {
    const user = aUser();
    const { upload_url } = await announced(user);
    const photo = buildJpeg();
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(photo.subarray(0, 200)),
      pull: (controller) => controller.error(new Error("The line is down")),
    });
    expect((await put(upload_url, broken)).status).toBe(500);
    expect((await put(upload_url, "no photo")).status).toBe(415);
    expect((await put(upload_url, photo)).status).toBe(200);
  });

  it("is over after 15 minutes", async () => {
    const { upload_url } = await announced(aUser());
    inMinutes(14.9);
    expect((await put(upload_url, "no photo")).status).toBe(415);
    inMinutes(0.2);
    const late = await put(upload_url, buildJpeg());
    expect(late.status).toBe(410);
    expect(await codeOf(late)).toBe("LINK_EXPIRED");
  });

  it("needs the token of this photo, for uploading, from us", async () => {
    const user = aUser();
    const [{ upload_url, cdn_url, key }, other] = [await announced(user), await announced(user)];
    const tokenOf = (url: string) => new URL(url, "http://localhost").searchParams.get("token");
    const token = tokenOf(upload_url) ?? "";
    const [head, , signature] = token.split(".");
    const claims = btoa(JSON.stringify({ sub: key, type: "image/png", max: 1e9, exp: 9e9 }));
    const unsigned = btoa(JSON.stringify({ alg: "none", typ: "photo-upload+jwt" }));
    const foreign = { SIGNING_SECRET: crypto.randomUUID() };
    const wrong = [
      cdn_url,
      `${cdn_url}?token=`,
      `${cdn_url}?token=hush`,
      `${cdn_url}?token=${tokenOf(other.upload_url)}`,
      (await signedPhotoPath(settings, key, accountIdOf(env, user))) ?? "",
      (await signedPhotoPath(foreign, key, accountIdOf(env, user))) ?? "",
      `${cdn_url}?token=${head}.${claims}.${signature}`,
      `${cdn_url}?token=${unsigned.replaceAll("=", "")}.${claims.replaceAll("=", "")}.`,
    ];
    for (const url of wrong) {
      const response = await put(url, buildJpeg());
      expect(response.status, url).toBe(404);
      expect(await codeOf(response)).toBe("IMAGE_NOT_FOUND");
    }
    expect((await see(`${cdn_url}?token=${token}`)).status).toBe(404);
  });

  it("refuses more than 10 MB, by the header and by the bytes", async () => {
    const user = aUser();
    const { upload_url } = await announced(user);
    const announcedLength = await put(upload_url, "x", {
      "content-length": String(maxPhotoBytes + 1),
    });
    expect(announcedLength.status).toBe(413);

    const part = new Uint8Array(1024 * 1024);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        controller.enqueue(part);
      },
    });
    const came = await put(upload_url, endless, { "content-length": "10" });
    expect(came.status).toBe(413);
    expect(await codeOf(came)).toBe("PAYLOAD_TOO_LARGE");
    expect(sent).toBeLessThan(20);
  });

  it("takes a photo of exactly 10 MB", async () => {
    const profile = (length: number) =>
      jpegSegment(0xe2, joined([bytesOf("ICC_PROFILE\0\x01\x01"), new Uint8Array(length)]));
    const segment = profile(65_000);
    const whole = Array.from(
      { length: Math.floor((maxPhotoBytes - photos.jpeg.length) / segment.length) - 1 },
      () => segment,
    );
    const rest = maxPhotoBytes - photos.jpeg.length - whole.length * segment.length;
    const half = Math.floor(rest / 2);
    const header = profile(0).length;
    const photo = insert(
      photos.jpeg,
      2,
      ...whole,
      profile(half - header),
      profile(rest - half - header),
    );
    expect(photo).toHaveLength(maxPhotoBytes);
    const user = aUser();
    expect((await put((await announced(user)).upload_url, photo)).status).toBe(200);
    const { upload_url } = await announced(user);
    expect((await put(upload_url, joined([photo, Uint8Array.of(0)]))).status).toBe(413);
  });

  it.each<[string, Uint8Array<ArrayBuffer>, number, string]>([
    ["no bytes", new Uint8Array(0), 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["a page", new Uint8Array(bytesOf("<html>")), 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["an SVG", new Uint8Array(bytesOf("<svg onload=alert(1)>")), 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["half a photo", photos.jpeg.slice(0, 150), 422, "VALIDATION_ERROR"],
    ["a photo of 65535 × 65535", bomb(), 422, "VALIDATION_ERROR"],
  ])("refuses %s, and stores nothing", async (_, photo, status, code) => {
    const user = aUser();
    const { upload_url, cdn_url } = await announced(user);
    const response = await put(upload_url, photo);
    expect(response.status).toBe(status);
    expect(await codeOf(response)).toBe(code);
    expect((await see(cdn_url, as(user))).status).toBe(404);
  });

  it("drops what follows the photo", async () => {
    const user = aUser();
    const photo = buildJpeg();
    const { cdn_url } = await uploaded(user, joined([photo, bytesOf("PK\x03\x04<script>")]));
    expect(await (await see(cdn_url, as(user))).bytes()).toEqual(photo);
  });

  function bomb() {
    const png = photos.png.slice();
    png.set([0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff], 16);
    return png;
  }
});

describe("a page of another origin", () => {
  const page = "https://app.example.com";
  const open = { ...settings, ALLOWED_ORIGINS: page };

  it("may upload without cookies, and reads that it did", async () => {
    const { upload_url } = await announced(aUser());
    const preflight = await callApp(open, upload_url, {
      method: "OPTIONS",
      headers: {
        origin: page,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "content-type",
      },
    });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(page);
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PUT");
    expect(preflight.headers.get("access-control-allow-headers")).toMatch(/content-type/i);
    const stored = await callApp(open, upload_url, {
      method: "PUT",
      headers: { origin: page, "content-type": "image/png" },
      body: buildJpeg(),
    });
    expect(stored.status).toBe(200);
    expect(stored.headers.get("access-control-allow-origin")).toBe(page);
  });
});

describe("a photo that is seen", () => {
  it("is private, runs nothing, and is not sent again when it is known", async () => {
    const user = aUser();
    const { cdn_url } = await uploaded(user);
    const seen = await see(cdn_url, as(user));
    expect(seen.status).toBe(200);
    const etag = seen.headers.get("etag") ?? "";
    const expected = {
      etag: expect.stringMatching(/^"[0-9a-f]+"$/),
      "cache-control": "private, max-age=900",
      "content-disposition": "inline",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
      "cross-origin-resource-policy": "same-site",
    };
    expect(Object.fromEntries(seen.headers)).toMatchObject(expected);
    const known = await see(cdn_url, as(user, { "if-none-match": etag }));
    expect(known.status).toBe(304);
    expect(await known.text()).toBe("");
    expect(Object.fromEntries(known.headers)).toMatchObject(expected);
    expect((await see(cdn_url, as(user, { "if-none-match": '"other"' }))).status).toBe(200);
  });

  it("is not there for others, nor for nobody", async () => {
    const { cdn_url } = await uploaded(aUser());
    const foreign = await see(cdn_url, as(aUser()));
    expect(foreign.status).toBe(404);
    const missing = await see((await announced(aUser())).cdn_url, as(aUser()));
    expect(await foreign.json()).toEqual(await missing.json());
    expect((await see(cdn_url)).status).toBe(401);
  });

  it("is there for 15 minutes for whoever has a signed address", async () => {
    const user = aUser();
    const [first, second] = [await uploaded(user), await uploaded(aUser())];
    const address = (await signedPhotoPath(settings, first.key, accountIdOf(env, user))) ?? "";
    expect((await see(address)).status).toBe(200);
    expect((await see(address.replace(first.key, second.key))).status).toBe(404);
    inMinutes(15.1);
    const late = await see(address);
    expect(late.status).toBe(410);
    expect(await codeOf(late)).toBe("LINK_EXPIRED");
  });

  it("has no signed address without a secret", async () => {
    const user = aUser();
    const { key, cdn_url } = await uploaded(user);
    expect(await signedPhotoPath({ SIGNING_SECRET: "" }, key, accountIdOf(env, user))).toBeNull();
    const response = await callApp({ SIGNING_SECRET: "" }, `${cdn_url}?token=hush`);
    expect(response.status).toBe(503);
  });

  it.each([
    "scan/1/2",
    "scan/..%2f..%2fretention/after",
    `other/${"a".repeat(32)}/${crypto.randomUUID()}`,
  ])("is not at %s", async (key) => {
    expect((await see(`/api/v1/images/${key}`, as(aUser()))).status).toBe(404);
  });
});

describe("deleting a photo", () => {
  const remove = (url: string, user: string) =>
    callApp(settings, url, { method: "DELETE", headers: as(user) });

  it("is for its owner, and may be asked for again", async () => {
    const user = aUser();
    const { cdn_url } = await uploaded(user);
    expect((await remove(cdn_url, aUser())).status).toBe(404);
    expect((await see(cdn_url, as(user))).status).toBe(200);
    expect((await remove(cdn_url, user)).status).toBe(204);
    expect((await see(cdn_url, as(user))).status).toBe(404);
    expect((await remove(cdn_url, user)).status).toBe(204);
  });

  it("leaves no scan to be made of it", async () => {
    const user = aUser();
    const { cdn_url } = await uploaded(user);
    await remove(cdn_url, user);
    expect((await scan(user, cdn_url)).status).toBe(422);
  });
});

describe("a scan of an uploaded photo", () => {
  it("reports that the photo is not there yet", async () => {
    const user = aUser();
    const response = await scan(user, (await announced(user)).cdn_url);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: "VALIDATION_ERROR",
      errors: [{ path: "image_url", message: expect.stringContaining("upload_url") }],
    });
  });

  it("is not made of another user's, which may be there or not", async () => {
    const owner = aUser();
    const [there, missing] = [await uploaded(owner), await announced(owner)];
    const user = aUser();
    const [one, other] = [await scan(user, there.cdn_url), await scan(user, missing.cdn_url)];
    expect([one.status, other.status]).toEqual([422, 422]);
    expect(await one.json()).toEqual(await other.json());
  });
});

describe("a photo that comes with the scan", () => {
  const send = (user: string, photo: Uint8Array<ArrayBuffer>) => {
    const form = new FormData();
    form.set("image", new File([photo], "photo.png", { type: "image/png" }));
    return callApp(settings, "/api/v1/scan", { method: "POST", headers: as(user), body: form });
  };

  it("is stored without where it was taken, and is seen by its owner", async () => {
    const user = aUser();
    const photo = await photoOf(await send(user, photosWithSecret.jpeg));
    if (photo?.kind !== "stored") throw new Error("The photo was not stored");
    expect(photo).toMatchObject({ type: "image/jpeg", key: expect.stringMatching(/^scan\//) });
    const seen = await (await see(`/api/v1/images/${photo.key}`, as(user))).bytes();
    expect(containsSecret(seen)).toBe(false);
    expect(asciiOf(seen)).toContain(asciiOf(photos.jpeg.subarray(2)));
    expect((await see(`/api/v1/images/${photo.key}`, as(aUser()))).status).toBe(404);
  });

  it("is one photo when it is sent twice, and another for another user", async () => {
    const [user, other, photo] = [aUser(), aUser(), buildJpeg()];
    const first = await photoOf(await send(user, photo));
    expect(await photoOf(await send(user, photo))).toEqual(first);
    expect(await photoOf(await send(other, photo))).not.toEqual(first);
  });

  it.each<[string, Uint8Array<ArrayBuffer>, number]>([
    ["a page", new Uint8Array(bytesOf("<html>")), 415],
    ["half a photo", photos.webp.slice(0, 60), 422],
  ])("is refused like an upload: %s", async (_, photo, status) => {
    expect((await send(aUser(), photo)).status).toBe(status);
  });
});

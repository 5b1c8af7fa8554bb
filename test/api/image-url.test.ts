import { describe, expect, it } from "vitest";
import { photoAt } from "../../src/api/image-url.ts";
import { newPhotoKey } from "../../src/images/photo-keys.ts";

const settings = { AUTH_MODE: "jwt", IMAGE_HOSTS: "" };
const nothing = { find: () => Promise.resolve(null) };
const something = { find: () => Promise.resolve({ type: "image/png", sha256: "ab" }) };
const requestUrl = "https://api.example.com/api/v1/scan";
const at = (
  address: string,
  {
    images = nothing,
    env = {},
  }: { images?: typeof nothing | typeof something; env?: Partial<typeof settings> } = {},
) => photoAt(address, { userId: "user-1", requestUrl, env: { ...settings, ...env }, images });

describe("a photo at a public address", () => {
  it.each([
    ["https://images.example.com/1.jpg", "https://images.example.com/1.jpg"],
    ["https://images.example.com/1.jpg?w=1#top", "https://images.example.com/1.jpg?w=1"],
    [
      "HTTPS://Images.Example.COM/사진 1.jpg",
      "https://images.example.com/%EC%82%AC%EC%A7%84%201.jpg",
    ],
  ])("is passed on: %s", async (address, url) => {
    expect(await at(address)).toEqual({ kind: "url", url });
  });

  it.each([
    ["no URL", "not a url"],
    ["a relative one", "1.jpg"],
    ["one without a scheme", "//images.example.org/1.jpg"],
    ["one after a backslash", "/\\images.example.org/1.jpg"],
    ["two backslashes", "\\\\images.example.org/1.jpg"],
    ["without TLS", "http://images.example.org/1.jpg"],
    ["of another protocol", "ftp://images.example.org/1.jpg"],
    ["a file", "file:///etc/passwd"],
    ["a script", "javascript:alert(1)"],
    ["data", "data:image/png;base64,AAAA"],
    ["a blob", "blob:https://images.example.org/1"],
    ["a name and password", "https://a:b@images.example.org/"],
    ["a name only", "https://images.example.org@127.0.0.1/"],
    ["another port", "https://images.example.org:8443/"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback without TLS", "http://127.0.0.1/"],
    ["loopback, short", "https://127.1/"],
    ["loopback in decimal", "https://2130706433/"],
    ["loopback in octal", "https://0177.0.0.01/"],
    ["loopback in hex", "https://0x7f000001/"],
    ["loopback in percents", "https://%31%32%37.0.0.1/"],
    ["loopback in circles", "https://①②⑦.⓪.⓪.①/"],
    ["loopback with a dot", "https://127.0.0.1./"],
    ["loopback after backslashes", "https:\\\\127.0.0.1/"],
    ["any address", "https://0.0.0.0/"],
    ["private, 10", "https://10.0.0.1/"],
    ["private, 172.16", "https://172.16.0.1/"],
    ["private, 192.168", "https://192.168.1.1/"],
    ["link-local, where metadata are", "https://169.254.169.254/latest/meta-data/"],
    ["metadata by name", "https://metadata.google.internal/"],
    ["a public address by number", "https://8.8.8.8/"],
    ["IPv6 loopback", "https://[::1]/"],
    ["IPv4-mapped IPv6", "https://[::ffff:127.0.0.1]/"],
    ["IPv6 unique local", "https://[fd00:ec2::254]/"],
    ["localhost", "https://localhost/"],
    ["localhost in full width", "https://ｌｏｃａｌｈｏｓｔ/"],
    ["below localhost", "https://images.localhost/"],
    ["a name of one part", "https://intranet/"],
    [".local", "https://printer.local/"],
    ["nip.io", "https://127.0.0.1.nip.io/"],
    ["localtest.me", "https://localtest.me/"],
    ["a rebinding name", "https://7f000001.c0a80001.rbndr.us/"],
  ])("is refused when it is %s", async (_, address) => {
    await expect(at(address, { images: something })).rejects.toMatchObject({
      code: "VALIDATION_ERROR",
      extra: { errors: [{ path: "image_url" }] },
    });
  });

  it("may be on this machine in local use only", async () => {
    const url = "http://127.0.0.1:9000/1.jpg";
    expect(await at(url, { env: { AUTH_MODE: "dev" } })).toEqual({ kind: "url", url });
    await expect(at("http://10.0.0.1/1.jpg", { env: { AUTH_MODE: "dev" } })).rejects.toThrow();
  });

  it("has to be on one of the hosts that are named, where some are", async () => {
    const env = { IMAGE_HOSTS: "images.example.org, Cdn.example.net" };
    expect(await at("https://images.example.org/1.jpg", { env })).toMatchObject({ kind: "url" });
    expect(await at("https://cdn.example.net./1.jpg", { env })).toMatchObject({ kind: "url" });
    for (const host of ["a.images.example.org", "images.example.org.evil.com", "example.org"]) {
      await expect(at(`https://${host}/1.jpg`, { env })).rejects.toThrow(
        "photos are taken from here",
      );
    }
  });
});

describe("a photo of one's own", () => {
  it.each([
    ["as a path", ""],
    ["on our origin", "https://api.example.com"],
    ["on our host, before TLS ends", "http://api.example.com"],
    ["on our host in capitals", "https://API.example.com"],
  ])("is found %s, also where hosts are named", async (_, origin) => {
    const key = await newPhotoKey("scan", "user-1");
    const env = { IMAGE_HOSTS: "images.example.org" };
    expect(await at(`${origin}/api/v1/images/${key}`, { images: something, env })).toEqual({
      kind: "stored",
      key,
      type: "image/png",
      sha256: "ab",
    });
  });

  it("is refused as missing before it is uploaded", async () => {
    const key = await newPhotoKey("my", "user-1");
    await expect(at(`/api/v1/images/${key}`)).rejects.toMatchObject({
      code: "VALIDATION_ERROR",
      message: expect.stringContaining("PUT it to its upload_url first"),
    });
  });

  it("refuses another user's photo in the same way whether it exists or not", async () => {
    const key = await newPhotoKey("scan", "user-2");
    const refusalOf = async (images: typeof nothing | typeof something) =>
      at(`/api/v1/images/${key}`, { images }).catch(String);
    expect(await refusalOf(something)).toContain("does not name a photo of yours");
    expect(await refusalOf(something)).toBe(await refusalOf(nothing));
  });

  it.each([
    "/",
    "/api/v1/images/",
    "/api/v1/images/scan/1",
    "/api/v1/scan",
    "/api/v1/images/../images/scan",
    "/api/v1/images/scan/../../../health",
    "https://api.example.com/api/v1/images/scan",
    "https://a:b@api.example.com/api/v1/images/scan",
  ])("is not at %s", async (address) => {
    await expect(at(address, { images: something })).rejects.toThrow(
      "does not name a photo of yours",
    );
  });
});

import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joined } from "../../src/images/clean/byte-reader.ts";
import { cleanPhoto } from "../../src/images/clean/clean-photo.ts";
import { PhotoRefused } from "../../src/images/clean/photo-refused.ts";
import { containsSecret, insert, photos, photosWithSecret, secret } from "../support/photos.ts";
import { browserless, launchBrowser } from "./launch-browser.ts";

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../fixtures/photos/${name}`, import.meta.url)));

/** Photos of phones and editors that are not as the standards write them. */
const faulty = [
  "pano_no_eoi_trailer.jpg",
  "junk18_before_dqt.jpg",
  "app1_len_short.jpg",
  "no_trailer.gif",
  "nul_before_trailer.gif",
  "pixel50mp_8160x6144.jpg",
];
const makerText = /samsung|Panorama|ftypmp42|Exif|SEF/;
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

describe("photos that phones make", () => {
  it.each(faulty)("are cleaned of their maker's data: %s", (name) => {
    const { bytes } = cleanPhoto(fixture(name));
    expect(textOf(bytes)).not.toMatch(makerText);
    expect(cleanPhoto(bytes).bytes).toEqual(bytes);
  });

  it.each(["mif1only.heic", "exif.heic"])("are known as HEIC by their items: %s", (name) => {
    const { type, bytes } = cleanPhoto(fixture(name));
    expect(type).toBe("image/heic");
    expect(textOf(bytes)).not.toMatch(makerText);
  });
});

describe.skipIf(browserless)("a cleaned photo in Chromium", () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.route("http://photos.test/**", (route) =>
      route.fulfill({ contentType: "text/html", body: "<title>Photos</title>" }),
    );
    await page.goto("http://photos.test/");
  });
  afterAll(() => browser.close());

  /** What an `<img>` shows: its size, and its pixels up to 512 a side. Null when nothing is shown. */
  async function shown(photo: Uint8Array) {
    const found = await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([bytes]));
      try {
        await image.decode();
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        return null;
      }
      const { naturalWidth: width, naturalHeight: height } = image;
      const canvas = new OffscreenCanvas(Math.min(width, 512), Math.min(height, 512));
      const context = canvas.getContext("2d");
      if (!context) throw new Error("There is no canvas");
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      let text = "";
      for (const byte of data) text += String.fromCharCode(byte);
      return { width, height, pixels: btoa(text) };
    }, Buffer.from(photo).toString("base64"));
    if (!found) return null;
    const pixels = Buffer.from(found.pixels, "base64");
    return pixels.some((byte) => byte > 0) ? { ...found, pixels } : null;
  }

  async function expectSame(photo: Uint8Array, reference = photo): Promise<void> {
    const before = await shown(reference);
    let cleaned: Uint8Array;
    try {
      cleaned = cleanPhoto(photo).bytes;
    } catch (error) {
      if (!(error instanceof PhotoRefused)) throw error;
      expect(before).toBeNull();
      return;
    }
    const after = await shown(cleaned);
    expect(containsSecret(cleaned)).toBe(false);
    if (!before) return;
    if (!after) throw new Error("The cleaned photo is not shown");
    expect([after.width, after.height]).toEqual([before.width, before.height]);
    // Below what a photo that is cut short has, Chromium shows nothing, or gray.
    const differences = Array.from(before.pixels, (byte, at) => {
      const isDrawn = (before.pixels[at | 3] ?? 0) > 0;
      return isDrawn ? Math.abs(byte - (after.pixels[at] ?? 0)) : 0;
    });
    expect(differences.reduce((sum, it) => sum + it, 0) / differences.length).toBeLessThan(1);
  }

  const trailer = Buffer.from(`\0\0\x01\x0aPanorama_Shot_Info${secret}`, "latin1");
  const cases: Record<string, Uint8Array> = {
    ...Object.fromEntries(faulty.map((name) => [name, fixture(name)])),
    ...photos,
    ...Object.fromEntries(
      Object.entries(photosWithSecret).map(([name, photo]) => [`${name} with metadata`, photo]),
    ),
    ...Object.fromEntries(
      Object.entries(photos).flatMap(([name, photo]) => [
        [`${name} with a trailer`, joined([photo, trailer])],
        [`${name} cut short`, photo.subarray(0, name === "progressive" ? 300 : -2)],
        [`${name} with a trailer in place of its end`, joined([photo.subarray(0, -2), trailer])],
        [`${name} cut in its header`, photo.subarray(0, 30)],
        [`${name} with bytes in its header`, insert(photo, 20, new Uint8Array(18))],
      ]),
    ),
  };
  it.each(Object.entries(cases))("shows what the original shows: %s", async (_, photo) => {
    await expectSame(photo);
  });

  it("shows the last scan of a progressive photo, too, when its end is missing", async () => {
    await expectSame(photos.progressive.subarray(0, -2), photos.progressive);
  });
});

import type { Page } from "playwright-core";

/** A PNG of this size, made by the browser. */
export async function paintPhoto(page: Page, width: number, height: number, name = "사진.png") {
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
  const buffer = Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  return { name, mimeType: "image/png", buffer };
}

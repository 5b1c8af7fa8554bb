import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

const schemes = ["light", "dark"] as const;
/** The rules whose outcome depends on colours. That of any rule may depend on the width. */
const colourRules = ["color-contrast", "link-in-text-block"];

/**
 * Looks at a page as it stands, in light and dark, at each width. With `SCREENSHOTS` set to a folder, it saves a
 * picture of each look there.
 *
 * @returns the violations that axe finds, and by how much the page is too wide.
 */
export async function lookOver(page: Page, where: string, widths = [390, 1280]): Promise<string[]> {
  const found: string[] = [];
  for (const [nth, width] of widths.entries()) {
    await page.setViewportSize({ width, height: 844 });
    // All rules run once a width, in light and dark by turns.
    const [first, second] = nth % 2 === 0 ? schemes : schemes.toReversed();
    for (const [colorScheme, rules] of [
      [first, null],
      [second, colourRules],
    ] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const at = `${where}, ${colorScheme}, ${width} px`;
      found.push(...(await violationsOn(page, rules)).map((it) => `${at}: ${it}`));
      const wide = await page.evaluate(overflow);
      if (wide > 0) found.push(`${at}: ${wide} px too wide`);
      const folder = process.env["SCREENSHOTS"];
      if (folder) await page.screenshot({ path: `${folder}/${at}.png`, fullPage: true });
    }
  }
  return found;
}

/**
 * What axe finds by some of its rules; null for all that it has by default. Its script takes longer to load than to
 * run, so that a document loads it once.
 */
async function violationsOn(page: Page, rules: string[] | null): Promise<string[]> {
  const isLoaded = await page.evaluate(() => "axe" in globalThis);
  const loaded = isLoaded ? { axeSource: ";" } : {};
  const axe = new AxeBuilder({ page, ...loaded }).setLegacyMode().options({
    resultTypes: ["violations"],
    ...(rules && { runOnly: { type: "rule", values: rules } }),
  });
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
}

/** Runs in the page. */
const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Begins the session of an operator in the page's browser. */
export async function logInOperator(page: Page, url: string, token: string, by = "Kim") {
  const response = await page.request.post(`${url}/api/v1/ops/session`, {
    headers: { authorization: `Bearer ${token}`, origin: url },
    data: { by },
  });
  expect(response.status()).toBe(201);
}

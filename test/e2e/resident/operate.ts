import { expect } from "vitest";
import type { Server } from "../start-server.ts";
import { opsToken } from "./ways.ts";

/** Sends an operator's order. */
export async function operate(server: Server, path: string, body: object): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/ops/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${opsToken}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
}

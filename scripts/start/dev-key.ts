import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isLoopbackHost } from "../../src/auth/loopback.ts";

/** Serves the cookie of the key. It is a path of the local server alone. */
export const devKeyPath = "/dev-key";

/** A key of users of a local server: of one start, unless DEV_KEY is set. */
export const newDevKey = (): string => randomBytes(32).toString("base64url");

const fileIn = (persistTo: string) => join(persistTo, "dev-key");

/** Keeps the key in the state for commands of the same machine; none where there is none. */
export async function keepDevKey(persistTo: string, key: string): Promise<void> {
  const file = fileIn(persistTo);
  // A file that is there keeps its mode.
  await rm(file, { force: true });
  if (key !== "") await writeFile(file, key, { mode: 0o600 });
}

/** The address by which a browser gets the key, and shows the page. */
export function pageAddress(url: string, key: string): string {
  if (key === "") return url;
  const address = new URL(devKeyPath, url);
  address.searchParams.set("key", key);
  return address.href;
}

/** The header for a server of this machine: of DEV_KEY, or the key in its state. No other server gets it. */
export async function devKeyHeader(
  url: string,
  persistTo: string,
): Promise<Record<string, string>> {
  if (!isLoopbackHost(new URL(url).hostname)) return {};
  const file = fileIn(persistTo);
  const key = process.env["DEV_KEY"] ?? (existsSync(file) ? await readFile(file, "utf8") : "");
  return key === "" ? {} : { "x-dev-key": key };
}

import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { Failure } from "../provision/exit-codes.ts";

/** A new version, and a first workers.dev address, take a while to be everywhere. */
const timeoutMs = 60_000;
const pauseMs = 1_000;

const Health = z.looseObject({ status: z.literal("ok"), service: z.literal("eco2-edge") });
const Ready = z.looseObject({ status: z.literal("ok"), model: z.string() });

/** Checks that the deployed Worker answers. @throws Failure with its last answer when it does not. */
export async function smoke(url: string, withinMs = timeoutMs): Promise<void> {
  const until = Date.now() + withinMs;
  await answers(new URL("/health", url), Health, until);
  const { model } = await answers(new URL("/ready", url), Ready, until);
  console.log(`${url} is up and ready; its model is ${model}.`);
  await scan(url);
}

async function answers<Schema extends z.ZodType>(url: URL, schema: Schema, until: number) {
  for (;;) {
    const text = await fetch(url, { signal: AbortSignal.timeout(10_000) })
      .then((response) => response.text())
      .catch((error: unknown) => String(error));
    const parsed = schema.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    if (Date.now() > until) {
      throw new Failure(
        "unhealthy",
        `${url} does not answer as it should:\n${text.slice(0, 1_000)}`,
      );
    }
    await sleep(pauseMs);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** One scan by the offline model, which costs nothing; without a user's token none is possible. */
async function scan(url: string): Promise<void> {
  if (!process.env["ECO2_TOKEN"]) {
    console.log("No scan was tried: set ECO2_TOKEN to the token of a user.");
    return;
  }
  const script = join(import.meta.dirname, "../scan.ts");
  const words = "깨끗이 헹군 투명 페트병";
  try {
    await promisify(execFile)("node", [script, words, "--model", "offline", "--url", url], {
      timeout: timeoutMs,
    });
    console.log("A scan went through.");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("unhealthy", `A scan did not go through: ${reason}`);
  }
}

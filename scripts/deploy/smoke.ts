import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import { parsedJson } from "../../src/platform/parsed-json.ts";
import { CommandError } from "../provision/exit-codes.ts";
import { scanAsGuest } from "./guest-scan.ts";

/** A new version, and a first workers.dev address, take a while to be everywhere. */
const timeoutMs = 60_000;
const pauseMs = 1_000;

const Health = z.looseObject({ status: z.literal("ok"), service: z.literal("eco2-edge") });
const Ready = z.looseObject({ status: z.literal("ok"), model: z.string() });

/** Checks that the deployed Worker answers. @throws CommandError with its last answer when it does not. */
export async function smoke(url: string, withinMs = timeoutMs): Promise<void> {
  const until = Date.now() + withinMs;
  await answers(new URL("/health", url), Health, until);
  const { model } = await answers(new URL("/ready", url), Ready, until);
  console.log(`${url} is up and ready; its model is ${model}.`);
  await visit(url);
  await scan(url, model);
}

/** Opens the page as a resident does, and scans as a guest where there are guests. */
async function visit(url: string): Promise<void> {
  try {
    const scanned = await scanAsGuest(url, timeoutMs);
    console.log(
      scanned
        ? "The residents' page opens, and a guest's scan went through."
        : "The residents' page opens. No guest's scan was tried: GUESTS is not on.",
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError("unhealthy", `The residents' page does not work: ${reason}`);
  }
}

async function answers<Schema extends z.ZodType>(url: URL, schema: Schema, until: number) {
  for (;;) {
    const text = await fetch(url, { signal: AbortSignal.timeout(10_000) })
      .then((response) => response.text())
      .catch((error: unknown) => String(error));
    const parsed = schema.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    if (Date.now() > until) {
      throw new CommandError(
        "unhealthy",
        `${url} does not answer as it should:\n${text.slice(0, 1_000)}`,
      );
    }
    await sleep(pauseMs);
  }
}

const Result = z.object({
  pipeline_result: z.object({
    classification_result: z.object({
      classification: z.record(z.string(), z.string().nullable()),
    }),
  }),
  metadata: z.object({ calls: z.array(z.object({ model: z.string() })) }),
});

/**
 * Scans one photo by the default model; with words by the offline model, which may be unsure of it. Without a
 * user's token no scan is possible.
 */
async function scan(url: string, model: string): Promise<void> {
  if (!process.env["ECO2_TOKEN"]) {
    console.log("No scan was tried: set ECO2_TOKEN to the token of a user.");
    return;
  }
  const script = join(import.meta.dirname, "../scan.ts");
  const photo = join(import.meta.dirname, "clear-bottle.jpg");
  const words = model === "offline" ? ["깨끗이 헹군 투명 페트병"] : [];
  try {
    const command = [script, "--image", photo, ...words, "--json", "--url", url];
    const { stdout } = await promisify(execFile)("node", command, { timeout: timeoutMs });
    const { pipeline_result, metadata } = Result.parse(JSON.parse(stdout));
    const { classification } = pipeline_result.classification_result;
    const category = Object.values(classification).filter(Boolean).join(" > ");
    console.log(
      `A scan of a photo of a clear bottle went through: ${metadata.calls[0]?.model} saw ${category}.`,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError("unhealthy", `A scan did not go through: ${reason}`);
  }
}

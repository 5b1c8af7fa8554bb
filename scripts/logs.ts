/**
 * `npm run logs -- JOB`: the log of one scan until it has ended, from the local server or from a deployed one.
 */
import { spawn } from "node:child_process";
import { existsSync, watchFile } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { parsedJson } from "../src/platform/parsed-json.ts";
import { commandOptions, endWith, refuseUsage } from "./command-options.ts";
import { generatedFileOf } from "./provision/generated-file.ts";
import { logFileOf } from "./start/log-file.ts";
import { terminalLines } from "./start/server-output.ts";

const usage = `Usage: npm run logs -- JOB [options]

Prints the lines of one scan, a line an attempt, or JSON when piped, and ends when the scan has. JOB is the id that
npm run scan prints, or its first eight characters.

  --persist-to DIR  the local server's state (default .wrangler/state)
  --remote          the deployed Worker instead, from now on, by wrangler tail

Exit code: 0 the scan has ended, 1 there is no such log, 2 wrong usage.`;

const { values: options, positionals } = commandOptions(usage, {
  allowPositionals: true,
  options: {
    "persist-to": { type: "string", default: ".wrangler/state" },
    remote: { type: "boolean", default: false },
  },
});
const [job = "", ...more] = positionals;
if (!/^[0-9a-f]{8}(?:-?[0-9a-f]){0,24}$/.test(job) || more.length > 0) {
  refuseUsage(usage, "JOB has to be the id of a scan, or its first eight characters.");
}

const Line = z.looseObject({
  event: z.string(),
  job: z.string().startsWith(job),
  level: z.enum(["info", "warning", "error"]).default("info"),
});

/** The object writes of the end before the consumer writes of its last attempt: so long they are waited for, ms. */
const lastLinesMs = 1_000;

let isFound = false;

/** Prints a line of the log, if it is of this job. Ends the command after the scan's end. */
function show(text: string) {
  const line = Line.safeParse(parsedJson(text)).data;
  if (!line) return;
  isFound = true;
  if (process.stdout.isTTY) {
    const { level, at: _, ...content } = line;
    for (const shown of terminalLines({ level, content })) console.log(shown);
  } else console.log(text);
  if (line.event === "scan.ended") setTimeout(() => process.exit(0), lastLinesMs);
}

/** Follows the log of a local server, which starts anew when the server does. */
async function followFile(file: string) {
  const handle = await open(file);
  let offset = 0;
  let rest = "";
  async function readOn() {
    const { size } = await handle.stat();
    if (size < offset) offset = 0;
    if (size === offset) return;
    const { bytesRead, buffer } = await handle.read({
      buffer: Buffer.alloc(size - offset),
      position: offset,
    });
    offset += bytesRead;
    const lines = (rest + buffer.subarray(0, bytesRead).toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) show(Buffer.from(line, "latin1").toString());
  }
  await readOn();
  if (!isFound) console.error(`There is no line of ${job} yet. Waiting for one; Ctrl+C ends this.`);
  let reading = Promise.resolve();
  watchFile(file, { interval: 200 }, () => void (reading = reading.then(readOn)));
}

/** What `wrangler tail` writes of an invocation, as much as is read: each line of its log. */
const Invocation = z.object({ logs: z.array(z.object({ message: z.array(z.unknown()) })) });

function followDeployment() {
  // What a deploy has generated names its Worker.
  const file = generatedFileOf(null);
  const configuration = existsSync(file) ? ["--config", file] : [];
  const tail = spawn(
    join("node_modules/.bin", "wrangler"),
    ["tail", "--format", "json", "--search", job, ...configuration],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  // Each invocation is an object over several lines, of which the last is a brace alone.
  createInterface({ input: tail.stdout }).on("line", (line) => {
    text += line;
    const invocation = Invocation.safeParse(parsedJson(text)).data;
    if (!invocation) return;
    text = "";
    for (const message of invocation.logs.flatMap((it) => it.message)) show(String(message));
  });
  tail.on("exit", (code) => process.exit(code ?? 1));
  process.on("exit", () => tail.kill());
}

if (options.remote) followDeployment();
else {
  const file = logFileOf(options["persist-to"]);
  if (!existsSync(file)) {
    endWith(
      1,
      `No server has kept a log in ${options["persist-to"]}: start one with npm start, or name another with --persist-to or --remote.`,
    );
  }
  await followFile(file);
}

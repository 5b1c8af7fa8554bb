import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { runCommand } from "./run-command.ts";

const Package = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = Package.parse(JSON.parse(readFileSync("package.json", "utf8")));

/** Each runs a tool, which has its own usage. */
const tools = new Set([
  "build",
  "client",
  "fix",
  "format",
  "lint",
  "openapi",
  "sbom",
  "test",
  "test:watch",
  "types",
]);
const ofTool = (name: string) => tools.has(name) || scripts[name]?.startsWith("wrangler ");
const commands = Object.keys(scripts).filter((name) => !ofTool(name));

/** Runs a script as `npm run` does, without the seconds that npm takes. */
const run = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  runCommand("sh", ["-c", `${scripts[name]} "$@"`, "sh", ...args], env);

const usageLine = (sentence: string) =>
  new RegExp(
    `^${RegExp.escape(sentence)} Usage: npm (?:start|run [\\w :-]+?) -- .*; --help explains them\\n$`,
  );

describe("every script of package.json", () => {
  it("is a command of the project's own or names a tool", () => {
    expect(commands).toContain("start");
    for (const name of commands)
      expect(scripts[name]).toMatch(/^node -r \.\/scripts\/require-node/);
  });

  it.each(commands)("%s refuses an unknown flag in one line", async (name) => {
    const { code, stdout, stderr } = await run(name, ["--foo"]);
    expect(stderr).toMatch(usageLine("Unknown option '--foo'."));
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it.each(commands)("%s explains itself for --help", async (name) => {
    const { code, stdout } = await run(name, ["--help"]);
    expect(stdout).toMatch(/^Usage: npm /);
    expect(code).toBe(0);
  });
});

describe("a wrong value", () => {
  it.each([
    ["chaos", "--schedules 0", '--schedules has to be a number above 0, and is "0".'],
    ["chaos", "--server --scans many", '--scans has to be a number above 0, and is "many".'],
    ["chaos", "--kill --rounds 1.5", "--rounds has to be a whole number, and is 1.5."],
    ["chaos", "--report none.md", "--report none.md cannot be written: there is no such file."],
    ["bench", "--rounds x", '--rounds has to be a number above 0, and is "x".'],
    ["bench", "--systems rabbit", "No system is named rabbit."],
    ["bench", "--clients 1,x", '--clients has to be a number above 0, and is "x".'],
    ["bench", "--report none.md", "--report none.md cannot be written: there is no such file."],
    ["simulate", "--rate none", '--rate has to be a number above 0, and is "none".'],
    ["simulate", "--report none.md", "--report none.md cannot be written: there is no such file."],
    ["fuzz:photos", "--rounds -1", "Option '--rounds' argument is ambiguous."],
    ["fuzz:photos", "--seed x", '--seed has to be a number above 0, and is "x".'],
    ["eval", "--file none", "--file none cannot be read: there is no such file."],
    ["eval", "--photos none", "--photos none cannot be read: there is no such file."],
    ["scan", "", "What is to be discarded, in words or as --image FILE?"],
    ["scan", "--url nowhere words", "--url nowhere is not a URL."],
    ["scan", "--image none.jpg", "--image none.jpg cannot be read: there is no such file."],
    ["deploy", "--url nowhere", "--url nowhere is not a URL."],
    ["logs", "", "JOB has to be the id of a scan, or its first eight characters."],
    ["logs", "nonsense", "JOB has to be the id of a scan, or its first eight characters."],
    ["events:export", "--url nowhere", "--url nowhere is not a URL."],
    ["events:export", "--out /none/file", "--out /none/file cannot be written (ENOENT)."],
    [
      "regulations:stale",
      "--on today",
      '--on has to be a day, such as 2026-11-29, and is "today".',
    ],
    ["regulations:rollback", "", "These arguments do not fit: rollback."],
  ])("of npm run %s -- %s is answered in one line", async (name, args, sentence) => {
    const { code, stderr } = await run(name, args === "" ? [] : args.split(" "));
    expect(stderr).toMatch(usageLine(sentence));
    expect(code).toBe(2);
  });
});

describe("a flag that npm has kept for itself", () => {
  it("is not meant when an environment sets it for npm", async () => {
    const { stderr } = await run("provision", ["--foo"], { npm_config_yes: "true" });
    expect(stderr).toMatch(usageLine("Unknown option '--foo'."));
  });

  it.each([
    ["deploy", "dry-run"],
    ["scan", "url"],
    ["eval", "photos"],
    ["chaos", "seed"],
  ])("is not lost: %s refuses --%s", async (name, flag) => {
    const env = { [`npm_config_${flag.replaceAll("-", "_")}`]: "true" };
    const { code, stderr } = await run(name, [], env);
    expect(stderr).toMatch(usageLine(`npm has kept --${flag} for itself: write -- before it.`));
    expect(code).toBe(2);
  });
});

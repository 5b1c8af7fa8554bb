import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { parsedJson } from "../../src/platform/parsed-json.ts";
import { scanLine } from "./scan-line.ts";

/** A line that wrangler marks, whether the Worker or wrangler itself has written it. */
const marked = /^\W*\[(ERROR|WARNING)\]\s*(.*)$/;
/** A line of the local platform's own log. */
const platform = /^\[wrangler:(\w+)\]\s*(.*)$/;

const LogLine = z.looseObject({ event: z.string() });

/** A structured line of the Worker's log; null for any other text. */
const logLine = (text: string) => LogLine.safeParse(parsedJson(text)).data ?? null;

const value = (it: unknown) => (typeof it === "string" ? it : JSON.stringify(it));

function readable(text: string): string {
  const line = logLine(text);
  if (!line) return text;
  const { event, ...fields } = line;
  return [event, ...Object.entries(fields).map(([name, it]) => `${name}=${value(it)}`)].join("  ");
}

/**
 * Takes wrangler's output line by line and returns what a user is to read of it: one line a scan, errors,
 * and warnings once the server is ready. Null for the rest: bindings, requests, queues.
 */
export function serverOutput(): (line: string, isReady: boolean) => string | null {
  /** Whether the lines before belong to an error that is shown, such as a stack. */
  let isContinued = false;
  return (raw, isReady) => {
    const text = stripVTControlCharacters(raw).trimEnd();
    const [, level, message = ""] = marked.exec(text) ?? [];
    if (level !== undefined) {
      isContinued = level === "ERROR" || isReady;
      return isContinued ? `${level.toLowerCase()}  ${readable(message)}` : null;
    }
    if (isContinued && /^\s+\S/.test(text)) return text;
    if (text !== "") isContinued = false;
    const [, channel, rest = ""] = platform.exec(text) ?? [];
    if (channel === "error") return `error  ${rest}`;
    const line = logLine(text);
    return line && scanLine(line);
  };
}

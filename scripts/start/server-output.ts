import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { parsedJson } from "../../src/platform/parsed-json.ts";
import { logLines } from "./log-lines.ts";

/** A line that wrangler marks, whether the Worker or wrangler itself has written it. */
const marked = /^\W*\[(ERROR|WARNING)\]\s*(.*)$/;
/** A line of the local platform's own log. */
const platform = /^\[wrangler:(\w+)\]\s*(.*)$/;

const Structured = z.looseObject({ event: z.string() });

/** What a user is to read of the server's output. */
export interface OutputLine {
  level: "info" | "warning" | "error";
  /** The fields of a line that the Worker has written, or the text of any other. */
  content: z.output<typeof Structured> | string;
}

const contentOf = (text: string) => Structured.safeParse(parsedJson(text)).data ?? text;

/**
 * Takes wrangler's output line by line and returns what is of interest in it: the lines of the Worker's log, errors,
 * and warnings once the server is ready. Null for the rest: bindings, requests, queues, and wrangler's hint that
 * crons are not fired, as `npm start` fires them.
 */
export function serverOutput(): (line: string, isReady: boolean) => OutputLine | null {
  /** Whether the lines before belong to an error that is shown, such as a stack. */
  let isContinued = false;
  return (raw, isReady) => {
    const text = stripVTControlCharacters(raw).trimEnd();
    const [, mark, message = ""] = marked.exec(text) ?? [];
    if (mark !== undefined) {
      const level = mark === "ERROR" ? "error" : "warning";
      isContinued = (level === "error" || isReady) && !message.startsWith("Scheduled Workers");
      return isContinued ? { level, content: contentOf(message) } : null;
    }
    if (isContinued && /^\s+\S/.test(text)) return { level: "error", content: text };
    if (text !== "") isContinued = false;
    const [, channel, rest = ""] = platform.exec(text) ?? [];
    if (channel === "error") return { level: "error", content: rest };
    const content = contentOf(text);
    return typeof content === "string" ? null : { level: "info", content };
  };
}

const value = (it: unknown) => (typeof it === "string" ? it : JSON.stringify(it));

/** The lines of a terminal for it; none for what only a program reads. */
export function terminalLines({ level, content }: OutputLine): string[] {
  if (level === "info") return typeof content === "string" ? [content] : logLines(content);
  if (typeof content === "string") return [/^\s/.test(content) ? content : `${level}  ${content}`];
  const { event, ...fields } = content;
  const words = [event, ...Object.entries(fields).map(([name, it]) => `${name}=${value(it)}`)];
  return [`${level}  ${words.join("  ")}`];
}

/** The line of a log file or a pipe: JSON, with the time. */
export const jsonLine = ({ level, content }: OutputLine): string =>
  JSON.stringify({
    at: new Date().toISOString(),
    level,
    ...(typeof content === "string" ? { event: "server.output", text: content } : content),
  });

import { truncateSync, writeFileSync, appendFileSync } from "node:fs";
import { join } from "node:path";

/** Where a local server keeps the lines of its log since it started, for `npm run logs`. */
export const logFileOf = (persistTo: string) => join(persistTo, "log.ndjson");

/** After so many characters the file begins anew, so that a server that runs for weeks fills no disk. */
const maxLength = 50_000_000;

/** Begins the log of a server that starts. Returns what appends a line; a full disk loses lines, not the server. */
export function openLogFile(persistTo: string): (line: string) => void {
  const file = logFileOf(persistTo);
  writeFileSync(file, "");
  let length = 0;
  return (line) => {
    try {
      if (length > maxLength) {
        truncateSync(file);
        length = 0;
      }
      appendFileSync(file, `${line}\n`);
      length += line.length;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOSPC") return;
      throw error;
    }
  };
}

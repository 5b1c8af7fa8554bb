import { once } from "node:events";
import { createInterface } from "node:readline/promises";

/** A line that the user types after `text`, without the space around it; empty at the end of the input. */
export async function question(text: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = once(terminal, "close").then(() => "");
  try {
    return (await Promise.race([terminal.question(text), ended])).trim();
  } finally {
    terminal.close();
  }
}

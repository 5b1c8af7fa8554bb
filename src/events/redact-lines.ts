import { LoggedEvent } from "./logged-event.ts";
import { redactedData } from "./redacted-event.ts";

/**
 * Redacts a user's events in NDJSON. A line that cannot be read is deleted when it names the user: so a
 * damaged object is redacted, too.
 * @returns the text, the cursors of the events, and how many lines were changed.
 */
export function redactLines(text: string, userId: string) {
  const quoted = JSON.stringify(userId);
  const cursors: number[] = [];
  let lines = 0;
  const redacted = text.split("\n").flatMap((line) => {
    if (!line.includes(quoted)) return [line];
    const event = parsed(line);
    if (event && event.user_id !== userId) return [line];
    lines++;
    if (!event) return [];
    cursors.push(event.cursor);
    return [JSON.stringify({ ...event, user_id: null, data: redactedData(event) })];
  });
  return { text: redacted.join("\n"), cursors, lines };
}

function parsed(line: string): LoggedEvent | null {
  try {
    return LoggedEvent.parse(JSON.parse(line));
  } catch {
    // Not JSON, or not an event: it was cut.
    return null;
  }
}

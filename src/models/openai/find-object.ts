import { z } from "zod";
import { parsedJson } from "../../platform/parsed-json.ts";

/** How many objects of a text are tried. */
const mostCandidates = 20;

const thoughts = /<(think|thinking|thought|reasoning)>[^]*?<\/\1>/gi;
const openThought = /<(?:think|thinking|thought|reasoning)>/i;

/** Where the first JSON object of a text begins, behind the model's thoughts; -1 while there is none. */
export function objectStart(text: string): number {
  const first = text.indexOf("{");
  const opened = first < 0 ? -1 : text.search(openThought);
  if (opened < 0 || first < opened) return first;
  const rest = text.replaceAll(thoughts, (thought) => " ".repeat(thought.length));
  return openThought.test(rest) ? -1 : rest.indexOf("{");
}

/**
 * The first JSON object in a text that a schema accepts. Thoughts, a code fence, and what follows the
 * object are ignored.
 *
 * @returns the object, or why there is none, and whether there is a whole object at all.
 */
export function findObject<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): { value: z.output<Schema> } | { reason: string; isWhole: boolean } {
  let reason = text.trim() === "" ? "it is empty" : "it has no whole JSON object";
  let isWhole = false;
  let start = objectStart(text);
  for (let tried = 0; start >= 0 && tried < mostCandidates; tried++) {
    const end = objectEnd(text, start);
    const object = parsedJson(text.slice(start, end));
    const parsed = schema.safeParse(object);
    if (parsed.success) return { value: parsed.data };
    if (object !== undefined) {
      reason = z.prettifyError(parsed.error);
      isWhole = true;
    }
    start = text.indexOf("{", object === undefined ? start + 1 : end);
  }
  return { reason, isWhole };
}

/** The position after an object; the text's end when it is cut off. */
function objectEnd(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString && character === "\\") at++;
    else if (character === '"') inString = !inString;
    else if (!inString && character === "{") depth++;
    else if (!inString && character === "}" && --depth === 0) return at + 1;
  }
  return text.length;
}

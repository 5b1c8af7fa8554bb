import type { Overview } from "../ops-client.ts";
import { formatCount, formatDuration } from "../format.ts";

type Alert = Pick<Overview["alerts"][number], "rule" | "target" | "value" | "threshold">;

/** `provider failing · openai`. */
export const alertTitle = ({ rule, target }: Alert): string =>
  `${rule.replaceAll("_", " ")} · ${target}`;

/** `1,204, over 1,000`. */
export function alertValues({ rule, value, threshold }: Alert): string {
  const format = rule === "oldest_message" ? formatDuration : formatCount;
  return `${format(value)}, over ${format(threshold)}`;
}

import { z } from "zod";

const Arguments = z.object({ arguments: z.unknown() }).transform((it) => it.arguments);
const ToolCall = z.union([
  z.object({ function: Arguments }).transform((it) => it.function),
  Arguments,
]);
const ToolCalls = z.array(ToolCall).optional().catch(undefined);

const Choice = z.looseObject({
  message: z.looseObject({ content: z.unknown().optional(), tool_calls: ToolCalls }),
});

/** The shapes in which models of Workers AI reply. */
const Output = z.looseObject({
  choices: z.array(Choice).min(1).optional().catch(undefined),
  response: z.unknown().optional(),
  tool_calls: ToolCalls,
  /** The envelope of the REST API. */
  result: z.looseObject({}).optional().catch(undefined),
});

/**
 * A reply of Workers AI as a chat completion whose content is text. An object of no known shape is the
 * content itself.
 */
export function completionOf(output: unknown): object {
  const { data } = Output.safeParse(output);
  if (!data) return completion(output);
  const { choices, response, tool_calls, result, ...rest } = data;
  if (choices) return { ...rest, choices: choices.map(withText) };
  if (result) return completionOf(result);
  if ("error" in rest || "errors" in rest) return rest;
  if (response === undefined && !tool_calls) return completion(output);
  return { ...rest, ...completion(response || tool_calls?.[0]) };
}

const completion = (content: unknown) => ({
  choices: [{ index: 0, message: { content: textOf(content) }, finish_reason: "stop" }],
});

const withText = ({ message, ...choice }: z.infer<typeof Choice>) => ({
  ...choice,
  message: { ...message, content: textOf(message.content || message.tool_calls?.[0]) },
});

/** Text and lists of parts stay. An object was parsed already. */
const textOf = (content: unknown) =>
  typeof content === "string" || Array.isArray(content) ? content : JSON.stringify(content ?? "");

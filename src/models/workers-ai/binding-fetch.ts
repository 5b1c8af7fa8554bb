import { z } from "zod";

/** The part of the binding `AI` that is used. */
export interface AiBinding {
  run(model: string, inputs: Record<string, unknown>, options?: AiOptions): Promise<unknown>;
}

const Inputs = z.looseObject({ model: z.string() });

/**
 * A `fetch` for a client of Chat Completions that calls Workers AI through its binding, which needs no key
 * and no account id.
 *
 * @param gateway the id of an AI Gateway that the calls go through; empty for none.
 */
export function bindingFetch(ai: AiBinding, gateway: string): typeof fetch {
  return async (_url, init) => {
    const { model, ...inputs } = Inputs.parse(JSON.parse(z.string().parse(init?.body)));
    const { signal } = init ?? {};
    const options: AiOptions = {
      // With its status and headers; without this a failure is an error that has neither.
      returnRawResponse: true,
      ...(gateway && { gateway: { id: gateway } }),
      ...(signal && { signal }),
    };
    // The runtime of the binding does not pass the signal on to the call.
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      return await responseOf(
        await Promise.race([ai.run(model, inputs, options), aborted.promise]),
      );
    } catch (error) {
      if (signal?.aborted || !isUpstreamError(error)) throw error;
      return new Response(error.message, { status: 500 });
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  };
}

/** Errors of the provider behind the binding. Their messages begin with its code: `3040: …`. */
const isUpstreamError = (error: unknown): error is Error =>
  error instanceof Error &&
  (/^(?:InferenceUpstreamError|AiInternalError|AiError)$/.test(error.name) ||
    /^(?:\w+: )*\d{4}: /.test(error.message));

/** What `run()` returned, as a response of Chat Completions. */
async function responseOf(output: unknown): Promise<Response> {
  if (output instanceof ReadableStream) return new Response(output);
  if (!(output instanceof Response)) return Response.json(completionOf(output));
  const { status, headers } = output;
  if (output.ok && headers.get("content-type")?.startsWith("text/event-stream")) return output;
  const text = await output.text();
  if (!output.ok) return new Response(errorText(text), { status, headers: waits(headers) });
  return Response.json(completionOf(parsedOf(text)));
}

/** The headers that say how long to wait. Those of the body are another body's. */
const waits = (headers: Headers) =>
  [...headers].filter(([name]) => name.startsWith("retry-after")) as [string, string][];

const UpstreamError = z.looseObject({ internalCode: z.number(), description: z.string() });

/** The code and the description of an error of Workers AI; any other text as it is. */
function errorText(text: string): string {
  const { data } = UpstreamError.safeParse(parsedOf(text));
  return data ? `${data.internalCode}: ${data.description}` : text;
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const ToolCall = z.union([
  z
    .object({ function: z.object({ arguments: z.unknown() }) })
    .transform((it) => it.function.arguments),
  z.object({ arguments: z.unknown() }).transform((it) => it.arguments),
]);
const Message = z.looseObject({
  content: z.unknown(),
  tool_calls: z.array(ToolCall).optional().catch(undefined),
});
/** The shapes in which models of Workers AI reply. */
const Output = z.looseObject({
  result: z.looseObject({}).optional().catch(undefined),
  choices: z
    .array(z.looseObject({ message: Message }))
    .min(1)
    .optional()
    .catch(undefined),
  response: z.unknown(),
  tool_calls: z.array(ToolCall).optional().catch(undefined),
});

/** A reply as a completion whose content is text. An object without a known shape is the reply itself. */
function completionOf(output: unknown): object {
  const { data } = Output.safeParse(output);
  if (!data) return completion(output);
  const { result, choices, response, tool_calls, ...rest } = data;
  if (result) return completionOf(result);
  if (choices) {
    return {
      ...data,
      choices: choices.map((choice) => ({ ...choice, message: textMessage(choice.message) })),
    };
  }
  if ("error" in rest || "errors" in rest || "choices" in data) return data;
  if (response !== undefined || tool_calls) {
    return { ...rest, ...completion(response || tool_calls?.[0]) };
  }
  return completion(data);
}

const completion = (content: unknown) => ({
  choices: [{ index: 0, message: { role: "assistant", content: textOf(content) } }],
});

const textMessage = ({ tool_calls, ...message }: z.infer<typeof Message>) => ({
  ...message,
  content: textOf(message.content || tool_calls?.[0]),
});

/** Text and lists of parts stay; an object is a reply that was parsed already. */
const textOf = (content: unknown) =>
  typeof content === "string" || Array.isArray(content) ? content : JSON.stringify(content ?? "");

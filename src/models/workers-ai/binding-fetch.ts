import { z } from "zod";
import { parsedJson } from "../../platform/parsed-json.ts";
import { readAtMost } from "../../images/read-at-most.ts";
import { errorTextOf, maxReplyBytes, ReplyTooLong } from "../openai/reply-bounds.ts";
import { completionOf } from "./completion-of.ts";

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
    try {
      return await responseOf(await ai.run(model, inputs, options));
    } catch (error) {
      if (signal?.aborted || !isUpstreamError(error)) throw error;
      return new Response(error.message, { status: 500 });
    }
  };
}

/** Errors of the provider behind the binding. Their messages begin with its code: `3040: …`. */
const isUpstreamError = (error: unknown): error is Error =>
  error instanceof Error &&
  (/^(?:InferenceUpstreamError|AiInternalError|AiError)$/.test(error.name) ||
    /^(?:\w+: )*\d{4}: /.test(error.message));

const tooLong = () => new ReplyTooLong(`The reply has more than ${maxReplyBytes} bytes.`);

/** What `run()` returned, as a response of Chat Completions. */
async function responseOf(output: unknown): Promise<Response> {
  if (output instanceof ReadableStream) return new Response(output);
  if (!(output instanceof Response)) return Response.json(completionOf(output));
  const { status, headers } = output;
  if (output.ok && headers.get("content-type")?.startsWith("text/event-stream")) return output;
  if (!output.ok) {
    const text = errorText(await errorTextOf(output));
    return new Response(text, { status, headers: waits(headers) });
  }
  const text = new TextDecoder().decode(await readAtMost(output, maxReplyBytes, tooLong));
  return Response.json(completionOf(parsedJson(text) ?? text));
}

/** The headers that say how long to wait. Those of the body are another body's. */
const waits = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith("retry-after")));

const UpstreamError = z.looseObject({ internalCode: z.number(), description: z.string() });

/** The code and the description of an error of Workers AI; any other text as it is. */
function errorText(text: string): string {
  const { data } = UpstreamError.safeParse(parsedJson(text));
  return data ? `${data.internalCode}: ${data.description}` : text;
}

import { z } from "zod";

const Text = z.string().catch("");
const Part = z
  .union([z.string(), z.object({ text: Text }).transform(({ text }) => text)])
  .catch("");
const Message = z.object({
  /** A text, a list of parts with texts, or nothing. */
  content: z.union([z.string(), z.array(Part).transform((parts) => parts.join(""))]).catch(""),
  refusal: Text,
});

const Choice = z.object({
  index: z.number().catch(0),
  delta: Message.optional().catch(undefined),
  /** Instead of `delta` in a reply that is not streamed. */
  message: Message.optional().catch(undefined),
  finish_reason: z.string().nullable().catch(null),
});
type Choice = z.infer<typeof Choice>;

const Chunk = z.object({
  choices: z.array(Choice.nullable().catch(null)).catch([]),
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
  /** The errors of Workers AI. */
  errors: z.array(z.unknown()).catch([]),
});

/** What one chunk adds to a reply. Whatever is missing or odd in it adds nothing. */
export interface ChunkFields {
  content: string;
  /** Whether `content` is the whole text. */
  isWhole: boolean;
  refusal: string;
  finish: string | null;
  usage: unknown;
  hasError: boolean;
}

/** Reads a chunk of a stream, or a whole completion. Null for what is no object. */
export function parseChunk(value: unknown): ChunkFields | null {
  const { data } = Chunk.safeParse(value);
  if (!data) return null;
  const choice = data.choices.find((it) => it?.index === 0);
  const { content = "", refusal = "" } = choice?.delta ?? choice?.message ?? {};
  return {
    content,
    refusal,
    isWhole: choice?.delta === undefined && choice?.message !== undefined,
    finish: choice?.finish_reason ?? null,
    usage: data.usage,
    hasError: Boolean(data.error) || data.errors.length > 0,
  };
}

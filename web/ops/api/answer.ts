/** An answer that is no success, in the words of the server. `status` is 0 when it was not reached. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, words: string) {
    super(words);
    this.status = status;
    this.code = code;
  }
}

interface Answer {
  ok: boolean;
  status: number;
  json: () => Promise<unknown>;
}

/** The body of an answer. Rejects with `Refused`, and with an `AbortError` for who has left. */
export async function bodyOf<Given extends Answer>(
  asking: Promise<Given>,
): Promise<Awaited<ReturnType<Given["json"]>>>;
export async function bodyOf(asking: Promise<Answer>): Promise<unknown> {
  let answer: Answer;
  try {
    answer = await asking;
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Refused(0, "NOT_REACHED", "The server was not reached.");
  }
  if (answer.ok) return answer.json();
  throw refusalOf(answer.status, await answer.json().catch(() => null));
}

export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "AbortError";

/** What a problem+json says, and which of its values were wrong. */
function refusalOf(status: number, body: unknown): Refused {
  const { detail, code, errors } = textsOf(body);
  const words = [detail || `The server answered ${status}.`, ...errors].join(" ");
  return new Refused(status, code, words);
}

function textsOf(body: unknown) {
  if (typeof body !== "object" || body === null) return { detail: "", code: "", errors: [] };
  const known: { detail?: unknown; code?: unknown; errors?: unknown } = body;
  return {
    detail: typeof known.detail === "string" ? known.detail : "",
    code: typeof known.code === "string" ? known.code : "",
    errors: Array.isArray(known.errors) ? known.errors.map(issueText) : [],
  };
}

function issueText(issue: unknown): string {
  if (typeof issue !== "object" || issue === null) return "";
  const { path, message }: { path?: unknown; message?: unknown } = issue;
  return `${String(path)}: ${String(message)}.`;
}

/** How long the network has to answer while something is kept, ms: at a bin, a connection may have no data. */
const patienceMs = 4_000;

interface Kept {
  /** Keeps an answer of the network; absent for what is not kept as it is. */
  keep?: (answer: Response) => Promise<void>;
  /** What was kept of it before. */
  read: () => Promise<Response | null | undefined>;
}

/** The answer of the network; what was kept, when there is none in time; else whatever the network answers. */
export async function networkFirst(request: Request, { keep, read }: Kept): Promise<Response> {
  const fetched = fetchAndKeep(request, keep);
  const late = new Promise<null>((resolve) => setTimeout(resolve, patienceMs, null));
  const answer = await Promise.race([fetched.catch(() => null), late]);
  return answer ?? (await read()) ?? fetched;
}

async function fetchAndKeep(request: Request, keep: Kept["keep"]): Promise<Response> {
  const answer = await fetch(request);
  if (keep && answer.ok) await ifStored(keep(answer.clone()));
  return answer;
}

/** Waits until something is kept, or cannot be: what the network has answered is there without it. */
async function ifStored(keeping: Promise<void>): Promise<void> {
  try {
    await keeping;
  } catch (error) {
    // Storage is full, or blocked.
    if (!(error instanceof DOMException)) throw error;
  }
}

import { z } from "zod";
import {
  GrantMessage,
  MatchMessage,
  ScanEventsMessage,
  StageMessage,
  WebhookMessage,
} from "../../src/pipeline/messages.ts";

const RecordEnd = z.tuple([
  z.looseObject({ jobId: z.string(), endedAt: z.int() }),
  GrantMessage.nullable(),
  z.boolean(),
]);

/** Whose an effect is, and its names. */
interface Effect {
  jobId: string;
  names: string[];
}

function effectOf(queue: string, body: unknown): Effect | null {
  const deadLetter = queue.startsWith("DLQ") ? StageMessage.safeParse(body).data : undefined;
  if (deadLetter) {
    const { jobId, stage, redrives } = deadLetter;
    return { jobId, names: [`dead letter ${stage} ${redrives}`] };
  }
  const webhook = WebhookMessage.safeParse(body).data;
  if (webhook) return { jobId: webhook.jobId, names: [`webhook ${webhook.id.split(":").at(-1)}`] };
  const match = MatchMessage.safeParse(body).data;
  if (match) return { jobId: match.jobId, names: [`match ${match.endedAt}`] };
  const events = ScanEventsMessage.safeParse(body).data;
  if (events) {
    return {
      jobId: events.jobId,
      names: events.events.map(({ seq, type }) => `event ${seq} ${type}`),
    };
  }
  const end = RecordEnd.safeParse(body).data;
  if (!end) return null;
  const [{ jobId, endedAt: at }, announced] = end;
  return { jobId, names: [`end ${at} ${announced?.character.code ?? "without character"}`] };
}

interface Generation {
  jobId: string;
  generation: number;
}

/** What the objects of some scans publish, by scan and generation. */
export function effectSink(jobs: readonly Generation[]) {
  const published = new Map<string, Set<string>>();
  const grants: { queue: string; jobId: string; code: string }[] = [];
  const keyOf = ({ jobId, generation }: Generation) => `${jobId} ${generation}`;
  const of = (job: Generation) => published.get(keyOf(job)) ?? new Set<string>();

  return {
    /** The characters that were granted and sent to be saved. */
    grants,
    begin: (job: Generation) => void published.set(keyOf(job), of(job)),
    published: of,

    /** An effect is sent; it belongs to the generation that sends it. Returns what happens when it arrives. */
    send(queue: string, body: unknown): () => void {
      const effect = effectOf(queue, body);
      const job = jobs.find(({ jobId }) => jobId === effect?.jobId);
      const set = job && of(job);
      return () => {
        const grant = GrantMessage.safeParse(body).data;
        if (grant) grants.push({ queue, jobId: grant.id, code: grant.character.code });
        for (const name of effect?.names ?? []) set?.add(name);
      };
    },
  };
}

import type { JobEvent } from "../../src/pipeline/job-events.ts";

const prefix = "log:";
interface Part {
  events: JobEvent[];
  publishedSeq: number;
}

/** A job's log as its object stores it. It is not validated: the object does that. */
export function storedLog({ kv }: DurableObjectStorage): Part {
  const parts = Array.from(kv.list<Part>({ prefix }), ([, part]) => part);
  return {
    events: parts.flatMap(({ events }) => events),
    publishedSeq: parts.at(-1)?.publishedSeq ?? -1,
  };
}

/** The keys of a job's object besides its log. */
export const keysBesideLog = ({ kv }: DurableObjectStorage): string[] =>
  Array.from(kv.list(), ([key]) => key).filter((key) => !key.startsWith(prefix));

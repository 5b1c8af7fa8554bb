import type { JobEvent } from "../../src/pipeline/job-events.ts";

const ofLog = { commits: "commit:", published: "published" };

/** A job's log as its object stores it. It is not validated: the object does that. */
export const storedLog = ({ kv }: DurableObjectStorage) => ({
  events: Array.from(kv.list<JobEvent[]>({ prefix: ofLog.commits }), ([, commit]) => commit).flat(),
  publishedSeq: kv.get<number>(ofLog.published) ?? -1,
});

/** The keys of a job's object besides its log. */
export const keysBesideLog = ({ kv }: DurableObjectStorage): string[] =>
  Array.from(kv.list(), ([key]) => key).filter(
    (key) => key !== ofLog.published && !key.startsWith(ofLog.commits),
  );

import { kept } from "./kept.ts";

/** The scan this tab shows, so that a reload finds it again. */
export interface Job {
  jobId: string;
  streamUrl: string;
  words: string;
}

const store = kept("sessionStorage", "eco2-scan");

export function recallJob(): Job | null {
  const text = store.read();
  const job: unknown = text && JSON.parse(text);
  return isJob(job) ? job : null;
}

/** An earlier version of the page may have kept something else. */
const isJob = (value: unknown): value is Job =>
  typeof value === "object" &&
  value !== null &&
  "jobId" in value &&
  typeof value.jobId === "string" &&
  "streamUrl" in value &&
  typeof value.streamUrl === "string" &&
  "words" in value &&
  typeof value.words === "string";

export const keepJob = (job: Job): void => store.write(JSON.stringify(job));
export const forgetJob = (): void => store.clear();

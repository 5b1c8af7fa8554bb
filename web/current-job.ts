import { hasFields } from "../client/src/has-fields.ts";
import { browserStorage } from "./browser-storage.ts";

/** The scan of this tab; it survives a reload. */
export interface Job {
  jobId: string;
  streamUrl: string;
  words: string;
}

const store = browserStorage("sessionStorage", "eco2-scan");

export function readJob(): Job | null {
  const job: unknown = JSON.parse(store.read() ?? "null");
  return isJob(job) ? job : null;
}

/** An earlier version of the page may have stored another shape. */
const isJob = (value: unknown): value is Job =>
  hasFields(value, { jobId: "string", streamUrl: "string", words: "string" });

export const saveJob = (job: Job): void => store.write(JSON.stringify(job));
export const clearJob = (): void => store.clear();

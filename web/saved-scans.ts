import { hasFields } from "../client/src/has-fields.ts";
import { browserStorage, storedRows } from "./browser-storage.ts";

/** A scan of this browser, which all its tabs share. */
export interface SavedScan {
  jobId: string;
  /** Undefined for a scan that another browser has submitted. */
  streamUrl?: string | undefined;
  words: string;
  /** Whether its end was seen. */
  ended: boolean;
  /** What is left of the items of an earlier scan; without it, the scan's own are shown. */
  otherItems?: readonly string[] | undefined;
  /** The steps that the resident has ticked off. */
  ticked?: readonly string[] | undefined;
}

/** More of them are in the history. */
const most = 12;

const storageKey = "eco2-scans";
const store = browserStorage("localStorage", storageKey);

/** The scans of this browser, the newest first. */
export const readScans = (): SavedScan[] => storedRows(store.read(), isSaved);

const isSaved = (value: unknown): value is SavedScan =>
  hasFields(value, { jobId: "string", words: "string", ended: "boolean" }) &&
  isTexts("otherItems" in value ? value.otherItems : []) &&
  isTexts("ticked" in value ? value.ticked : []);

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((it) => typeof it === "string");

export const savedScan = (jobId: string): SavedScan | undefined =>
  readScans().find((scan) => scan.jobId === jobId);

/** The scan that was submitted after another one. */
export function scanAfter(jobId: string): SavedScan | null {
  const scans = readScans();
  return scans[scans.findIndex((scan) => scan.jobId === jobId) - 1] ?? null;
}

const write = (scans: SavedScan[]) => store.write(JSON.stringify(scans.slice(0, most)));

/** Adds a scan, or replaces it where it is. */
export function saveScan(scan: SavedScan): void {
  const scans = readScans();
  const known = scans.some(({ jobId }) => jobId === scan.jobId);
  write(known ? scans.map((it) => (it.jobId === scan.jobId ? scan : it)) : [scan, ...scans]);
}

export const removeScan = (jobId: string): void =>
  write(readScans().filter((scan) => scan.jobId !== jobId));

export function markEnded(jobId: string): void {
  const scan = savedScan(jobId);
  if (scan && !scan.ended) saveScan({ ...scan, ended: true });
}

export function saveTicked(jobId: string, ticked: readonly string[]): void {
  const scan = savedScan(jobId);
  if (scan) saveScan({ ...scan, ticked });
}

/** The scans are followed as their user from now on, and not by the tokens that they were accepted with. */
export const forgetStreams = (): void =>
  write(readScans().map(({ jobId, words, ended }) => ({ jobId, words, ended })));

export const clearScans = (): void => store.clear();

/** Calls back when another tab has cleared the scans, until the returned function is called. */
export function whenCleared(run: () => void): () => void {
  const changed = ({ key, newValue }: StorageEvent) => {
    if (key === storageKey && newValue === null) run();
  };
  addEventListener("storage", changed);
  return () => removeEventListener("storage", changed);
}

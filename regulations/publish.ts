import { readBook, readStored, type RegulationSource } from "../src/regulations/source.ts";
import { documentKey, municipalityKey, pointerKey } from "../src/regulations/regulation-keys.ts";
import type { RegulationBook } from "../src/regulations/book.ts";
import { type Entry, type Publication, versionOf } from "./publication.ts";

/** Where regulations are published. */
export interface RegulationStore extends RegulationSource {
  /** Writes entries; may die having written some of them. */
  put(entries: readonly Entry[]): Promise<void>;
}

/**
 * Writes a version, reads it back, and only then points to it: whoever dies on the way leaves
 * readers with the version they had. Publishing the same content again repairs it.
 */
export async function publish(
  store: RegulationStore,
  { version, entries, pointer }: Publication,
): Promise<void> {
  await store.put(entries);
  await verify(store, version);
  await store.put([pointer]);
}

/** Points to a version that was published before, once it has been read whole. */
export async function rollback(store: RegulationStore, version: string): Promise<void> {
  await verify(store, version);
  await store.put([{ key: pointerKey, value: version }]);
}

/** What readers see, or null before the first publish. */
export async function published(store: RegulationSource): Promise<RegulationBook | null> {
  const version = await store.text(pointerKey);
  return version ? readBook(store, version) : null;
}

/** Compares what is stored with its hash, so that an older version keeps its name. */
async function verify(store: RegulationStore, version: string) {
  await readBook(store, version);
  const { documents, municipalities } = await readStored(store, version);
  const found = await versionOf(documents, municipalities);
  if (found !== version) throw new Error(`What was read back as ${version} is ${found}`);
}

/** What a publication changes, a line a change, from the version that is published now. */
export function changes(
  before: RegulationBook | null,
  { version, entries }: Publication,
): string[] {
  const old = new Map(before ? entriesOf(before) : []);
  const now = new Map(entries.map(({ key, value }) => [nameOf(key, version), value]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [from, to] = [old.get(name), now.get(name)];
    if (from === to || name === "manifest") return [];
    if (from === undefined) return [`+ ${name}`];
    if (to === undefined) return [`- ${name}`];
    return [`~ ${name}`].concat(fieldChanges(JSON.parse(from), JSON.parse(to)));
  });
}

const nameOf = (key: string, version: string) => key.replace(`regulations:${version}:`, "");

const entriesOf = ({ version, documents, municipalities }: RegulationBook): [string, string][] => [
  ...[...documents.values()].map((it): [string, string] => [
    nameOf(documentKey(version, it.key), version),
    JSON.stringify(it),
  ]),
  ...municipalities.map((it): [string, string] => [
    nameOf(municipalityKey(version, it.region), version),
    JSON.stringify(it),
  ]),
];

/** Lists are compared as sets of their rows, everything else as a whole. */
function fieldChanges(from: unknown, to: unknown): string[] {
  const before = new Map(Object.entries(from ?? {}));
  const after = new Map(Object.entries(to ?? {}));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((field) => {
    const [old, now] = [rowsOf(before.get(field)), rowsOf(after.get(field))];
    const gone = old.filter((row) => !now.includes(row)).map((row) => `    - ${field}: ${row}`);
    const come = now.filter((row) => !old.includes(row)).map((row) => `    + ${field}: ${row}`);
    return gone.concat(come);
  });
}

const rowsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).map((row) => JSON.stringify(row));

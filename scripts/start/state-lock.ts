import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { parsedJson } from "../../src/platform/parsed-json.ts";
import { StartFailure } from "./start-failure.ts";

/** What a server notes of itself beside its lock: its process, its port, and the process that serves for it. */
const Note = z.object({ pid: z.number(), port: z.number(), server: z.number().optional() });
type Note = z.output<typeof Note>;

/** A server that was killed leaves its processes to their watchers, which take up to this long, ms. */
const leftWaitMs = 8_000;
/** https://www.sqlite.org/rescode.html#busy */
const busy = 5;

/** The lock on a state folder. The system frees it when the process ends, however it ends. */
export interface StateLock {
  /** What a server that was killed has left; null when the last one ended by itself. */
  left: Note | null;
  /** Notes the process that would outlive this one for a moment, were it killed. */
  noteServer(pid: number): void;
  release(): void;
}

/**
 * Locks a state folder for the server on a port, once the processes of a killed one are gone.
 *
 * @throws StartFailure when another server has it, or the folder cannot be written
 */
export async function lockState(persistTo: string, port: number): Promise<StateLock> {
  const noteFile = join(persistTo, "server.json");
  const database = openLock(persistTo);
  const left = readNote(noteFile);
  if (!takeLock(database)) throw new StartFailure(heldText(persistTo, readNote(noteFile)));
  if (left?.server !== undefined) await ended(left.server);
  const write = (note: Note) => writeFileSync(noteFile, JSON.stringify(note));
  write({ pid: process.pid, port });
  return {
    left,
    noteServer: (server) => write({ pid: process.pid, port, server }),
    release() {
      rmSync(noteFile, { force: true });
      database.close();
    },
  };
}

const codeOf = (error: unknown) =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

function openLock(persistTo: string): DatabaseSync {
  const file = join(persistTo, "server.lock");
  try {
    makeFolder(resolve(persistTo));
    // SQLite would open a file that it may only read.
    writeFileSync(file, "", { flag: "a" });
    return new DatabaseSync(file, { timeout: 0 });
  } catch (error) {
    if (codeOf(error) === "ENOSPC") throw error;
    throw new StartFailure(
      `The state folder ${persistTo} cannot be written (${codeOf(error)}). Name another: npm start -- --persist-to DIR`,
      { cause: error },
    );
  }
}

/** Level by level: Node's own way never ends where the system has no place for a folder, such as in /proc. */
function makeFolder(folder: string) {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another start may have made it just now.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

/** Whether this process has the lock now: another's transaction on the file keeps it out. */
function takeLock(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === busy) return false;
    throw error;
  }
}

function readNote(file: string): Note | null {
  try {
    return Note.safeParse(parsedJson(readFileSync(file, "utf8"))).data ?? null;
  } catch {
    return null;
  }
}

const heldText = (persistTo: string, note: Note | null): string =>
  `A server already uses the state in ${persistTo}${
    note ? ` (process ${note.pid}, http://localhost:${note.port})` : ""
  }. Stop it, or name another folder: npm start -- --persist-to DIR`;

/** Resolves when a process is gone, or its number is another process's by now, as it stays so long. */
async function ended(pid: number): Promise<void> {
  const until = Date.now() + leftWaitMs;
  while (isAlive(pid) && Date.now() < until) await sleep(100);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

import { ApiError } from "./api-error.ts";
import type { Client } from "./create-client.ts";
import type { SubmittedScan } from "./follow-scan.ts";
import { outputOf } from "./frame.ts";
import { pollWaiting } from "./poll-waiting.ts";
import { randomId } from "./random-id.ts";
import type { Choice } from "./scan-requests.ts";
import { initialView, reduce, type ScanView } from "./scan-view.ts";
import type { ScanInput } from "./submit.ts";

/** A scan to submit, or one that was submitted, by its id. */
export type ScanTarget = ScanInput | SubmittedScan | string;

export interface ScanState {
  /**
   * `refused`: the server refused the scan or was not reached, see `error`. `not_found`: the server has no
   * such scan any more. A scan that failed has `ended`: see the view's result. `confirming`: until the server
   * has accepted or refused the resident's choice; then it is `following` again, or `ended` with an `error`.
   * `finishing`: the same for the steps that the resident has done.
   */
  phase:
    | "idle"
    | "submitting"
    | "following"
    | "ended"
    | "confirming"
    | "finishing"
    | "refused"
    | "not_found";
  /** Null until the server accepts the scan. */
  jobId: string | null;
  view: ScanView;
  error: ApiError | null;
}

export interface ScanStore {
  getState: () => ScanState;
  /** Calls the listener at every change. The scan is submitted and followed while there is a listener. */
  subscribe: (listener: () => void) => () => void;
  /** Replaces the scan. The same input again, while it runs, is the same scan. */
  submit: (input: ScanInput) => void;
  /**
   * Confirms or corrects the class of the scan that has ended, once; its view then goes on with the frames
   * after those it has. Does nothing while a choice is sent, and after one was accepted.
   */
  confirm: (choice: Choice) => Promise<void>;
  /**
   * Finishes what the scan left to do, once; its view then goes on to the character. Does nothing for a scan to which
   * that gives none.
   */
  finishSteps: () => Promise<void>;
  /** Asks the server to cancel the scan; its last events follow as usual. */
  cancel: () => Promise<void>;
}

interface Task {
  /** Null for a scan that was submitted before. */
  input: ScanInput | null;
  /** The same for every attempt to submit the task. */
  idempotencyKey: string;
  scan: SubmittedScan | null;
  cancelled: boolean;
}

/** Phases in which the server has no more frames. */
const over: ReadonlySet<ScanState["phase"]> = new Set([
  "ended",
  "confirming",
  "finishing",
  "not_found",
]);

const idle: ScanState = { phase: "idle", jobId: null, view: initialView, error: null };

/** Holds the state of one scan for a user interface. */
export function scanStore(client: Client, target: ScanTarget | null = null): ScanStore {
  const listeners = new Set<() => void>();
  let task = target === null ? null : taskOf(target);
  let state: ScanState = task?.scan ? { ...idle, jobId: task.scan.jobId } : idle;
  let running: AbortController | null = null;

  function set(change: Partial<ScanState>) {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  function stop() {
    running?.abort();
    running = null;
  }

  function start() {
    stop();
    if (!task || listeners.size === 0 || over.has(state.phase)) return;
    running = new AbortController();
    void run(task, running.signal);
  }

  async function run(current: Task, signal: AbortSignal) {
    try {
      const scan = current.scan ?? (await submitTask(current, signal));
      if (current.cancelled) await client.cancel(scan.jobId, { signal });
      await follow(scan, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      set({ phase: "refused", error });
    }
  }

  async function submitTask(current: Task, signal: AbortSignal): Promise<SubmittedScan> {
    set({ phase: "submitting", error: null });
    const { idempotencyKey } = current;
    const { jobId, streamUrl } = await client.submit(current.input ?? {}, {
      idempotencyKey,
      signal,
    });
    current.scan = { jobId, streamUrl };
    return current.scan;
  }

  async function follow(scan: SubmittedScan, signal: AbortSignal) {
    set({ phase: "following", jobId: scan.jobId, error: null });
    const polling = pollWaiting({
      load: (signal) => client.snapshot(scan.jobId, { signal, attempts: 1 }),
      onReason: ({ waiting }) => set({ view: reduce(state.view, { type: "waiting", waiting }) }),
    });
    try {
      for await (const event of client.events(scan, { after: state.view.seq, signal })) {
        if (signal.aborted) return;
        const view = reduce(state.view, event);
        polling.update(view);
        const ended = event.type === "frame" && outputOf(event.frame, "done") !== null;
        set({
          view,
          ...(ended && { phase: "ended" }),
          ...(event.type === "not_found" && { phase: "not_found" }),
        });
      }
    } finally {
      polling.stop();
    }
  }

  /** Sends a request after which the scan that has ended goes on, and follows it. */
  async function goOn(
    phase: "confirming" | "finishing",
    send: (jobId: string) => Promise<SubmittedScan>,
  ) {
    const current = task;
    if (!current?.scan || state.phase !== "ended") return;
    set({ phase, error: null });
    try {
      const { jobId, streamUrl } = await send(current.scan.jobId);
      if (task !== current) return;
      current.scan = { jobId, streamUrl };
      set({ phase: "following" });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (task !== current) return;
      set({ phase: phaseRefused(error), error });
    }
    start();
  }

  return {
    getState: () => state,

    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) start();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },

    submit(input) {
      const again = task?.input && isSameTarget(task.input, input) && state.phase !== "ended";
      if (again && running && state.phase !== "refused") return;
      task = again ? task : taskOf(input);
      set({ ...idle, phase: "submitting" });
      start();
    },

    async confirm(choice) {
      if (state.view.certainty?.confirmed_by) return;
      await goOn("confirming", (jobId) => client.confirm(jobId, choice));
    },

    async finishSteps() {
      if (!isFinishable(state.view)) return;
      await goOn("finishing", (jobId) => client.finishSteps(jobId));
    },

    async cancel() {
      if (!task) return;
      task.cancelled = true;
      if (!task.scan) return;
      try {
        await client.cancel(task.scan.jobId);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        set(error.status === 404 ? { phase: "not_found", error } : { error });
      }
    },
  };
}

const finishableReasons: ReadonlySet<string> = new Set(["insufficiencies", "words_limit"]);

/** Whether a scan gives its character when the resident has done the steps. */
export const isFinishable = ({ result }: ScanView): boolean =>
  result?.reward_refusal !== undefined &&
  result.reward_refusal !== null &&
  finishableReasons.has(result.reward_refusal.reason);

/** The phase after a refused choice. A scan that was confirmed elsewhere goes on, too. */
function phaseRefused({ status, code }: ApiError): ScanState["phase"] {
  if (code === "ALREADY_CONFIRMED") return "following";
  return status === 404 ? "not_found" : "ended";
}

function taskOf(target: ScanTarget): Task {
  const task = { idempotencyKey: randomId(), cancelled: false };
  if (typeof target === "string") return { ...task, input: null, scan: { jobId: target } };
  return "jobId" in target
    ? { ...task, input: null, scan: target }
    : { ...task, input: target, scan: null };
}

/** Whether two targets are the same scan. Photos are the same when they are one object. */
export function isSameTarget(one: ScanTarget | null, other: ScanTarget | null): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const members = new Map<string, unknown>(Object.entries(one));
  const others = new Map<string, unknown>(Object.entries(other));
  return [...members.keys(), ...others.keys()].every(
    (name) => members.get(name) === others.get(name),
  );
}

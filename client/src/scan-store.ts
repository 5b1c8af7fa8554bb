import { ApiError } from "./api-error.ts";
import type { Client } from "./create-client.ts";
import type { Followed } from "./follow.ts";
import { randomId } from "./random-id.ts";
import { hear, type ScanView, unheard } from "./scan-view.ts";
import type { ScanInput } from "./submit.ts";
import { whyWaiting } from "./waiting.ts";

/** What is shown: a scan that is to be submitted, or one that was, by its id. */
export type ScanTarget = ScanInput | Followed | string;

export interface ScanState {
  /**
   * `refused`: the server refused it or was not reached, and `error` says why. `gone`: there is no such
   * scan any more. A scan that failed has `ended`: see the view's result.
   */
  phase: "idle" | "submitting" | "following" | "ended" | "refused" | "gone";
  /** Null until the scan is accepted. */
  jobId: string | null;
  view: ScanView;
  error: ApiError | null;
}

export interface ScanStore {
  getState: () => ScanState;
  /** Tells of every change. The scan is submitted and followed while anybody listens. */
  subscribe: (listener: () => void) => () => void;
  /** Submits a scan in place of what is shown; the same one again while it runs is one scan. */
  submit: (input: ScanInput) => void;
  /** Asks the server to end the scan; its last events then come as any. */
  cancel: () => Promise<void>;
}

interface Task {
  /** Null when it was submitted before. */
  input: ScanInput | null;
  /** One key for one task, however often it is begun. */
  key: string;
  job: Followed | null;
  cancelled: boolean;
}

const idle: ScanState = { phase: "idle", jobId: null, view: unheard, error: null };

/** How a scan stands, for whatever shows it. */
export function scanStore(client: Client, target: ScanTarget | null = null): ScanStore {
  const listeners = new Set<() => void>();
  let task = target === null ? null : taskOf(target);
  let state: ScanState = task?.job ? { ...idle, jobId: task.job.jobId } : idle;
  let running: AbortController | null = null;

  function set(change: Partial<ScanState>) {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  function begin() {
    running?.abort();
    running = null;
    if (!task || listeners.size === 0 || state.phase === "ended" || state.phase === "gone") return;
    running = new AbortController();
    void run(task, running.signal);
  }

  async function run(current: Task, signal: AbortSignal) {
    try {
      const job = current.job ?? (await submitted(current, signal));
      if (current.cancelled) await client.cancel(job.jobId, { signal });
      await follow(job, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      set({ phase: "refused", error });
    }
  }

  async function submitted(current: Task, signal: AbortSignal): Promise<Followed> {
    set({ phase: "submitting", error: null });
    const { jobId, streamUrl } = await client.submit(current.input ?? {}, {
      idempotencyKey: current.key,
      signal,
    });
    current.job = { jobId, streamUrl };
    return current.job;
  }

  async function follow(job: Followed, signal: AbortSignal) {
    set({ phase: "following", jobId: job.jobId, error: null });
    const asker = whyWaiting({
      ask: (signal) => client.snapshot(job.jobId, { signal, attempts: 1 }),
      tell: ({ waiting }) => set({ view: hear(state.view, { type: "waiting", waiting }) }),
    });
    try {
      for await (const news of client.news(job, { after: state.view.seq, signal })) {
        if (signal.aborted) return;
        const view = hear(state.view, news);
        asker.see(view);
        const ended = news.type === "frame" && news.frame.stage === "done";
        set({
          view,
          ...(ended && { phase: "ended" }),
          ...(news.type === "gone" && { phase: "gone" }),
        });
      }
    } finally {
      asker.leave();
    }
  }

  return {
    getState: () => state,

    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) begin();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        running?.abort();
        running = null;
      };
    },

    submit(input) {
      const again = task?.input && isSameInput(task.input, input) && state.phase !== "ended";
      if (again && running && state.phase !== "refused") return;
      task = again ? task : taskOf(input);
      set({ ...idle, phase: "submitting" });
      begin();
    },

    async cancel() {
      if (!task) return;
      task.cancelled = true;
      if (!task.job) return;
      try {
        await client.cancel(task.job.jobId);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        set(error.status === 404 ? { phase: "gone", error } : { error });
      }
    },
  };
}

function taskOf(target: ScanTarget): Task {
  const task = { key: randomId(), cancelled: false };
  if (typeof target === "string") return { ...task, input: null, job: { jobId: target } };
  return "jobId" in target
    ? { ...task, input: null, job: target }
    : { ...task, input: target, job: null };
}

/** Whether two inputs ask for the same scan. Photos are the same when they are one object. */
const isSameInput = (one: ScanInput, other: ScanInput): boolean => isSameTarget(one, other);

/** Whether two targets show the same scan. */
export function isSameTarget(one: ScanTarget | null, other: ScanTarget | null): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
  const members = new Map<string, unknown>(Object.entries(one));
  const others = new Map<string, unknown>(Object.entries(other));
  return [...members.keys(), ...others.keys()].every(
    (name) => members.get(name) === others.get(name),
  );
}

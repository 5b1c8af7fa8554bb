import { setTimeout as sleep } from "node:timers/promises";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { z } from "zod";
import { Frame } from "../../src/pipeline/frames.ts";
import type { SeenFrame, StormScan } from "./expected.ts";

const Accepted = z.object({ job_id: z.string(), stream_url: z.string() });
type Accepted = z.infer<typeof Accepted>;

/** How long a client waits before it calls a server again that did not answer, and while its scan is parked, ms. */
const pauseMs = 1_000;
const parkedPauseMs = 3_000;
/** How long a client waits for a stream's next byte; a keepalive comes every 15 s, ms. */
const silenceMs = 40_000;

export interface ClientOptions {
  base: string;
  userId: string;
  /** The idempotency key. */
  key: string;
  marker: string;
  callbackUrl: string | null;
}

/** A client that submits, follows its stream by cursor, and submits again, until it knows the end. */
export class StormClient implements StormScan {
  readonly userId: string;
  readonly marker: string;
  readonly hasCallback: boolean;
  readonly received: SeenFrame[] = [];
  log: readonly SeenFrame[] = [];
  jobId = "";
  /** How often it submitted, and how often it opened its stream. */
  submits = 0;
  streams = 0;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.userId = options.userId;
    this.marker = options.marker;
    this.hasCallback = options.callbackUrl !== null;
  }

  get isEnded(): boolean {
    return this.received.at(-1)?.frame.stage === "done";
  }
  get isParked(): boolean {
    return this.received.at(-1)?.frame.status === "parked";
  }
  /** When it received the last frame of its scan, Unix ms. */
  endedAt = 0;

  async run(signal: AbortSignal): Promise<void> {
    while (!this.isEnded && !signal.aborted) {
      const accepted = await this.#submit(signal);
      if (accepted) await this.#follow(accepted, signal);
      if (!this.isEnded) await sleep(this.isParked ? parkedPauseMs : pauseMs);
    }
  }

  /** All frames from the first one on. */
  async replay(): Promise<void> {
    const { base } = this.#options;
    const log: SeenFrame[] = [];
    const url = `/api/v1/scan/${this.jobId}/events`;
    const signal = AbortSignal.timeout(silenceMs);
    await readFrames(new URL(url, base), this.#headers(), signal, (seen) => log.push(seen));
    this.log = log;
  }

  #headers = (more: Record<string, string> = {}) => ({ "x-user-id": this.userId, ...more });

  /** Null when the server did not accept it: it is down, or is just being killed. */
  async #submit(signal: AbortSignal): Promise<Accepted | null> {
    const { base, key, marker, callbackUrl } = this.#options;
    this.submits++;
    try {
      const response = await fetch(new URL("/api/v1/scan", base), {
        method: "POST",
        headers: this.#headers({ "content-type": "application/json", "idempotency-key": key }),
        body: JSON.stringify({
          user_input: `생수병 ${marker}`,
          ...(callbackUrl && { callback_url: callbackUrl }),
        }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(silenceMs)]),
      });
      if (response.status !== 202) {
        const body = await response.text();
        if (response.status < 500) throw new RangeError(`A scan was refused: ${body}`);
        return null;
      }
      const accepted = Accepted.parse(await response.json());
      if (this.jobId && this.jobId !== accepted.job_id) {
        throw new RangeError(`The key of ${this.jobId} names ${accepted.job_id}, too`);
      }
      this.jobId = accepted.job_id;
      return accepted;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      return null;
    }
  }

  /** Follows the stream from the last frame on, until it breaks off or ends. */
  async #follow({ stream_url }: Accepted, signal: AbortSignal): Promise<void> {
    const last = this.received.at(-1);
    const headers = last ? { "last-event-id": String(last.frame.seq) } : {};
    this.streams++;
    try {
      await readFrames(
        new URL(stream_url, this.#options.base),
        this.#headers(headers),
        signal,
        (seen) => {
          this.received.push(seen);
          if (this.isEnded) this.endedAt = Date.now();
        },
      );
    } catch {
      // The server was killed, or is down.
    }
  }
}

/** Reads a stream of server-sent events to its end. It throws when the stream breaks off. */
async function readFrames(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
  onFrame: (seen: SeenFrame) => void,
): Promise<void> {
  const response = await fetch(url, { headers, signal });
  if (response.status === 204) return;
  if (!response.ok || !response.body) throw new Error(`The stream answered ${response.status}`);
  const events = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) {
    const frame = Frame.parse(JSON.parse(data));
    if (frame.status !== "delta") onFrame({ frame, text: data });
  }
}

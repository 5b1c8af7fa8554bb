import { ApiError } from "./api-error.ts";
import type { Connection } from "./connection.ts";
import {
  type FollowOptions,
  followScan,
  type StreamEvent,
  type SubmittedScan,
} from "./follow-scan.ts";
import type { Frame } from "./frame.ts";
import type { RequestOptions } from "./options.ts";
import { type Accepted, acceptedOf, type ScanInput, submit, type SubmitOptions } from "./submit.ts";
import type { SocketConstructor } from "./transports/websocket-transport.ts";
import type { PendingBody, ResultBody, Snapshot } from "./wire.ts";

/** What the item is: a middle category, such as that of a candidate, or the resident's words. */
export type Choice = { middleCategory: string } | { words: string };

const pathOf = (jobId: string) => `/api/v1/scan/${encodeURIComponent(jobId)}`;

export function scanRequests(connection: Connection, WebSocket: SocketConstructor | null) {
  const { requestJson } = connection;

  const events = (
    scan: SubmittedScan,
    options?: FollowOptions,
  ): AsyncGenerator<StreamEvent, void> => followScan(connection, WebSocket, scan, options);

  async function* follow({
    jobId,
    streamUrl,
    ...options
  }: SubmittedScan & FollowOptions): AsyncGenerator<Frame, void> {
    for await (const event of events({ jobId, streamUrl }, options)) {
      if (event.type === "frame") yield event.frame;
      else if (event.type === "not_found") throw notFound();
    }
    options.signal?.throwIfAborted();
  }

  async function confirm(
    jobId: string,
    choice: Choice,
    options?: RequestOptions,
  ): Promise<Accepted> {
    const json = "words" in choice ? choice : { middle_category: choice.middleCategory };
    const path = `${pathOf(jobId)}/confirm`;
    return acceptedOf(await connection.request(path, { ...options, method: "POST", json }));
  }

  const finishSteps = async (jobId: string, options?: RequestOptions): Promise<Accepted> =>
    acceptedOf(
      await connection.request(`${pathOf(jobId)}/done-steps`, { ...options, method: "POST" }),
    );

  return {
    /** Submits a scan. The same `idempotencyKey` again is the same scan. */
    submit: (input: ScanInput, options?: SubmitOptions): Promise<Accepted> =>
      submit(connection, input, options),

    /**
     * Submits a scan and yields its events in order, each once, and between them the answer's partial
     * text. Reconnects by itself, and ends after `done`. Rejects with an `ApiError`, or with the reason of
     * the aborted signal; the scan itself then goes on.
     */
    async *scan(
      input: ScanInput,
      { after, transport, ...options }: SubmitOptions & FollowOptions = {},
    ): AsyncGenerator<Frame, void> {
      const { jobId, streamUrl } = await submit(connection, input, options);
      yield* follow({ jobId, streamUrl, after, transport, signal: options.signal });
    },

    /** Yields the events of a scan that was submitted before, as `scan` does. */
    follow,

    /**
     * The same together with the state of the connection. Returns when the signal aborts, and after
     * `not_found`.
     */
    events,

    /** The result, or the progress while there is none: see its `status`. */
    result: (jobId: string, options?: RequestOptions): Promise<ResultBody | PendingBody> =>
      requestJson(`${pathOf(jobId)}/result`, options),

    /** The state of a scan, and why it waits. */
    snapshot: (jobId: string, options?: RequestOptions): Promise<Snapshot> =>
      requestJson(pathOf(jobId), options),

    /**
     * Confirms or corrects the class of a completed scan that has candidates, once and within an hour. The
     * scan goes on: follow it `after` the `seq` of its `done`, up to another `done`.
     */
    confirm,

    /**
     * Finishes what a completed scan left to do, within an hour: its user has done the steps. The scan goes on as
     * after `confirm`, and gives its character.
     */
    finishSteps,

    /** Cancels a scan unless it has ended, and answers its state. */
    cancel: (jobId: string, options?: RequestOptions): Promise<Omit<Snapshot, "waiting">> =>
      requestJson(pathOf(jobId), { ...options, method: "DELETE" }),
  };
}

const notFound = () =>
  new ApiError({
    status: 404,
    code: "RESULT_NOT_FOUND",
    detail: "No scan of yours has this id, or it has expired.",
  });

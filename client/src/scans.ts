import { ApiError } from "./api-error.ts";
import type { Connection } from "./connection.ts";
import { type Followed, type FollowOptions, listen, type News } from "./follow.ts";
import type { Frame } from "./frame.ts";
import type { RequestOptions } from "./options.ts";
import { type Accepted, type ScanInput, submit, type SubmitOptions } from "./submit.ts";
import type { SocketConstructor } from "./transports/socket.ts";
import type { PendingBody, ResultBody, Snapshot } from "./wire.ts";

const pathOf = (jobId: string) => `/api/v1/scan/${encodeURIComponent(jobId)}`;

/** Submitting scans, following them, and asking for them. */
export function scans(connection: Connection, WebSocket: SocketConstructor | null) {
  const { read } = connection;

  const news = (scan: Followed, options?: FollowOptions): AsyncGenerator<News, void> =>
    listen(connection, WebSocket, scan, options);

  async function* follow({
    jobId,
    streamUrl,
    ...options
  }: Followed & FollowOptions): AsyncGenerator<Frame, void> {
    for await (const heard of news({ jobId, streamUrl }, options)) {
      if (heard.type === "frame") yield heard.frame;
      else if (heard.type === "gone") throw gone();
    }
    options.signal?.throwIfAborted();
  }

  return {
    /** Has a scan accepted. Under the same `idempotencyKey` it is one scan, however often it is sent. */
    submit: (input: ScanInput, options?: SubmitOptions): Promise<Accepted> =>
      submit(connection, input, options),

    /**
     * Submits a scan and follows it: its events in order, each once, and between them text that is
     * being generated. Ends after `done`, whatever the network does meanwhile. Rejects with an
     * `ApiError`, or the signal's reason when that aborts; the scan itself then goes on.
     */
    async *scan(
      input: ScanInput,
      { after, transport, ...options }: SubmitOptions & FollowOptions = {},
    ): AsyncGenerator<Frame, void> {
      const { jobId, streamUrl } = await submit(connection, input, options);
      yield* follow({ jobId, streamUrl, after, transport, signal: options.signal });
    },

    /** The same of a scan that was submitted before. */
    follow,

    /**
     * The same with how the connection is, for who shows that. Ends quietly when the signal aborts, and
     * after `gone` when there is no such scan any more.
     */
    news,

    /** What a scan came to, or how it stands: the `status` tells which. */
    result: (jobId: string, options?: RequestOptions): Promise<ResultBody | PendingBody> =>
      read(`${pathOf(jobId)}/result`, options),

    /** All that is known of a scan, and why it waits. */
    snapshot: (jobId: string, options?: RequestOptions): Promise<Snapshot> =>
      read(pathOf(jobId), options),

    /** Cancels a scan, unless it has ended; answers how it stands then. */
    cancel: (jobId: string, options?: RequestOptions): Promise<Omit<Snapshot, "waiting">> =>
      read(pathOf(jobId), { ...options, method: "DELETE" }),
  };
}

const gone = () =>
  new ApiError({
    status: 404,
    code: "RESULT_NOT_FOUND",
    detail: "No scan of yours has this id, or it has expired.",
  });

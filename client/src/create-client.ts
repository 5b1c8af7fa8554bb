import { accountRequests } from "./account-requests.ts";
import { type Connection, connect } from "./connection.ts";
import type { ClientOptions } from "./options.ts";
import { referenceRequests } from "./reference-requests.ts";
import { scanRequests } from "./scan-requests.ts";
import type { SocketConstructor } from "./transports/websocket-transport.ts";
import { upload, type UploadOptions } from "./upload.ts";

export interface Client
  extends
    ReturnType<typeof scanRequests>,
    ReturnType<typeof accountRequests>,
    ReturnType<typeof referenceRequests> {
  /** Uploads a photo and answers its address, the `imageUrl` of a scan. */
  upload: (photo: Blob, options?: UploadOptions) => Promise<string>;
  /** Sends any other request to the API, with the same credentials, retries and errors. */
  request: Connection["request"];
}

/**
 * A client of the API for pages, Node and Workers. Its own names are in camelCase; bodies of the server
 * are as on the wire. Every request rejects with an `ApiError` when the server refuses it, or when the
 * server was not reached in all attempts.
 */
export function createClient(options: ClientOptions = {}): Client {
  const connection = connect(options);
  return {
    ...scanRequests(connection, socketOf(options)),
    ...accountRequests(connection),
    ...referenceRequests(connection),
    upload: (photo, options) => upload(connection, photo, options),
    request: connection.request,
  };
}

function socketOf({ WebSocket, fetch }: ClientOptions): SocketConstructor | null {
  if (WebSocket !== undefined) return WebSocket;
  return fetch === undefined && "WebSocket" in globalThis ? globalThis.WebSocket : null;
}

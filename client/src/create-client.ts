import { account } from "./account.ts";
import { connect } from "./connection.ts";
import type { ClientOptions } from "./options.ts";
import { reference } from "./reference.ts";
import { scans } from "./scans.ts";
import type { SocketConstructor } from "./transports/socket.ts";
import { upload, type UploadOptions } from "./upload.ts";

export interface Client
  extends ReturnType<typeof scans>, ReturnType<typeof account>, ReturnType<typeof reference> {
  /** Uploads a photo and gives its address, which a scan takes as `imageUrl`. */
  upload: (photo: Blob, options?: UploadOptions) => Promise<string>;
}

/**
 * A client of the API, for pages, Node and Workers. What it takes and makes up itself is in camelCase;
 * what the server says is handed on as it is on the wire. Every request rejects with an `ApiError` when
 * it is refused or the server is not reached, after the tries that promise something.
 */
export function createClient(options: ClientOptions = {}): Client {
  const connection = connect(options);
  return {
    ...scans(connection, socketOf(options)),
    ...account(connection),
    ...reference(connection),
    upload: (photo, options) => upload(connection, photo, options),
  };
}

function socketOf({ WebSocket, fetch }: ClientOptions): SocketConstructor | null {
  if (WebSocket !== undefined) return WebSocket;
  return fetch === undefined && "WebSocket" in globalThis ? globalThis.WebSocket : null;
}

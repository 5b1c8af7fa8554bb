import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface BreakingProxy {
  url: string;
  /** The requested streams: each path with its query, oldest first. */
  streams: string[];
  /** How many of them have been broken. */
  breaks: () => number;
  close: () => void;
}

/** Without compression the bytes of a frame are known. */
const compression = /^Sec-WebSocket-Extensions:.*\r\n/im;
const streamRequest = /^GET (\S+\/(?:events|ws)\?\S*) /m;

/**
 * Forwards to a server, and breaks the connections of its streams: the first after the first number of
 * bytes of its body, wherever in a frame that is, and so on. Further connections are not broken.
 */
export async function startBreakingProxy(
  target: string,
  breakAfter: readonly number[],
): Promise<BreakingProxy> {
  const { hostname, port } = new URL(target);
  const streams: string[] = [];
  const open = new Set<Socket>();
  let broken = 0;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    /** The bytes of the stream's response; null before its request. */
    let response: Buffer | null = null;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        open.delete(socket);
        other.end();
      });
    }
    client.on("data", (chunk) => {
      const request = chunk.toString("latin1");
      const path = streamRequest.exec(request)?.[1];
      if (path === undefined) {
        upstream.write(chunk);
        return;
      }
      streams.push(path);
      response = Buffer.alloc(0);
      upstream.write(request.replace(compression, ""), "latin1");
    });
    upstream.on("data", (chunk) => {
      const limit = breakAfter[broken];
      if (response === null || limit === undefined) {
        client.write(chunk);
        return;
      }
      const before = response.length;
      response = Buffer.concat([response, chunk]);
      const body = response.indexOf("\r\n\r\n") + 4;
      if (body < 4 || response.length - body < limit) {
        client.write(chunk);
        return;
      }
      broken++;
      // Ends cleanly: a reset would discard the bytes before the break.
      client.end(chunk.subarray(0, Math.max(0, body + limit - before)));
      upstream.destroy();
    });
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given");
  return {
    url: `http://localhost:${address.port}`,
    streams,
    breaks: () => broken,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

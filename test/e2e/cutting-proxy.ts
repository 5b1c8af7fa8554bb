import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface CuttingProxy {
  url: string;
  /** The streams that were asked for: each path with its query, oldest first. */
  streams: string[];
  /** How many of them were cut so far. */
  cuts: () => number;
  close: () => void;
}

/** A socket that compresses would make other bytes of its frames. */
const compression = /^Sec-WebSocket-Extensions:.*\r\n/im;
const streamAsked = /^GET (\S+\/(?:events|ws)\?\S*) /m;

/**
 * Stands before a server, and cuts the connections of its streams: the first one after so many bytes of
 * its body as the first number says, wherever in a frame that is, and so on. Then it cuts no more.
 */
export async function startCuttingProxy(
  target: string,
  cutAfter: readonly number[],
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const streams: string[] = [];
  const open = new Set<Socket>();
  let cut = 0;

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    /** Bytes of the stream's answer; null while none was asked for. */
    let answer: Buffer | null = null;
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
      const path = streamAsked.exec(request)?.[1];
      if (path === undefined) {
        upstream.write(chunk);
        return;
      }
      streams.push(path);
      answer = Buffer.alloc(0);
      upstream.write(request.replace(compression, ""), "latin1");
    });
    upstream.on("data", (chunk) => {
      const limit = cutAfter[cut];
      if (answer === null || limit === undefined) {
        client.write(chunk);
        return;
      }
      const before = answer.length;
      answer = Buffer.concat([answer, chunk]);
      const body = answer.indexOf("\r\n\r\n") + 4;
      if (body < 4 || answer.length - body < limit) {
        client.write(chunk);
        return;
      }
      cut++;
      // What was sent before a cut arrives: a reset would take it back.
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
    cuts: () => cut,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

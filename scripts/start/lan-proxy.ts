import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { networkInterfaces } from "node:os";
import { pipeline } from "node:stream";
import type { Duplex } from "node:stream";
import {
  headersForServer,
  type LanAccess,
  lanVerdict,
  pairingCookie,
  pairPath,
} from "./lan-access.ts";
import { refuse } from "./lan-refusal.ts";

interface LanOptions {
  /** The server on this machine. */
  server: URL;
  /** The key of its users; "" where it has none. */
  devKey: string;
  /** The address of this machine in its network. */
  address: string;
  /** 0 for any. */
  port: number;
}

/** The address of this machine in its network; null for none. */
export function lanAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap((own) => own ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? null;
}

/**
 * Opens the residents' page of a server on this machine to its network, for browsers that have opened the address
 * that this returns. The token in it is of this start.
 */
export async function startLanProxy({ server, devKey, address, port }: LanOptions) {
  const token = randomBytes(32).toString("base64url");
  const access: LanAccess = { host: "", token };

  /** The same request to the server, with the headers that it may have. */
  function forward({ method, headers }: IncomingMessage, path: string) {
    const own = headersForServer(headers, server, devKey);
    return request(new URL(path, server), { method: method ?? "GET", headers: own });
  }

  function answer(asked: IncomingMessage, response: ServerResponse) {
    const verdict = lanVerdict(access, asked);
    if (verdict.verdict === "refused") refuse(response, verdict.status, asked.headers);
    else if (verdict.verdict === "pair") pair(response);
    else pass(asked, response, verdict.path);
  }

  function pair(response: ServerResponse) {
    const cookie = `${pairingCookie}=${token}; Path=/; HttpOnly; SameSite=Strict`;
    const headers = { location: "/", "cache-control": "no-store", "set-cookie": cookie };
    response.writeHead(303, { ...headers, "referrer-policy": "no-referrer" }).end();
  }

  function pass(asked: IncomingMessage, response: ServerResponse, path: string) {
    const forwarded = forward(asked, path);
    forwarded.once("response", (answered) => {
      // No cookie of the server on this machine goes to another one.
      const { "set-cookie": _, ...headers } = answered.headers;
      response.writeHead(answered.statusCode ?? 502, headers);
      pipeline(answered, response, () => {});
    });
    // The server has stopped, or the browser has left.
    forwarded.once("error", () =>
      response.headersSent ? response.destroy() : refuse(response, 502, asked.headers),
    );
    response.once("close", () => forwarded.destroy());
    pipeline(asked, forwarded, () => {});
  }

  function upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer) {
    const verdict = lanVerdict(access, asked);
    const isSocket = asked.headers.upgrade?.toLowerCase() === "websocket";
    if (verdict.verdict !== "pass" || !isSocket) {
      socket.destroy();
      return;
    }
    const forwarded = forward(asked, verdict.path);
    forwarded.once("upgrade", ({ headers, statusCode }, upstream: Duplex, first: Buffer) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
      socket.write(`HTTP/1.1 ${statusCode} Switching Protocols\r\n${lines.join("\r\n")}\r\n\r\n`);
      socket.write(first);
      upstream.write(head);
      pipeline(upstream, socket, upstream, () => {});
    });
    forwarded.once("response", () => socket.destroy());
    forwarded.once("error", () => socket.destroy());
    socket.once("error", () => forwarded.destroy());
    forwarded.end();
  }

  const proxy = createServer(answer).on("upgrade", upgrade);
  proxy.listen(port, address);
  await once(proxy, "listening");
  const bound = proxy.address();
  if (bound === null || typeof bound === "string") throw new Error("The proxy has no port");
  access.host = `${address}:${bound.port}`;
  return {
    /** What a phone opens. */
    url: `http://${access.host}${pairPath}?token=${token}`,
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

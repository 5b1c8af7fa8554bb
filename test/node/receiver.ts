import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";

/**
 * A client's server. The first segment of a path selects its behaviour, the second is unique to a test:
 * `POST /500-then-ok/<id>` fails once. `GET` of the same path returns the received requests as JSON.
 */
export interface Receiver {
  baseURL: string;
  close(): Promise<void>;
}

interface Received {
  at: number;
  headers: object;
  body: string;
}

/** The response of a path, by the number of earlier POSTs. */
type Behaviour = (response: ServerResponse, earlier: number) => void;

const answer =
  (status: number, headers: Record<string, string> = {}, body = ""): Behaviour =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };

const ok = answer(200);

const behaviours: Record<string, Behaviour> = {
  ok,
  "500": answer(500, {}, "out of order"),
  "500-then-ok": (response, earlier) => (earlier === 0 ? answer(500) : ok)(response, earlier),
  slow: () => {},
  reset: (response) => response.destroy(),
  redirect: answer(307, { location: "/ok/redirected" }),
  gone: answer(410),
  "retry-after": answer(503, { "retry-after": "120" }),
  "retry-after-a-week": answer(429, { "retry-after": String(7 * 24 * 60 * 60) }),
  /** An error response whose body never ends. */
  endless: (response) => {
    response.writeHead(500);
    const writing = setInterval(() => {
      if (response.destroyed) clearInterval(writing);
      else response.write("x".repeat(700));
    }, 10);
  },
  /** A success response whose body never starts. */
  "ok-without-end": (response) => {
    response.writeHead(200).write("thanks");
  },
};

export async function startReceiver(): Promise<Receiver> {
  const received = new Map<string, Received[]>();

  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const earlier = received.get(path) ?? [];
    if (request.method === "GET") {
      response.end(JSON.stringify(earlier));
      return;
    }
    const behaviour = behaviours[path.split("/")[1] ?? ""] ?? answer(404);
    let body = "";
    request.on("data", (part) => (body += String(part)));
    request.on("end", () => {
      received.set(path, [...earlier, { at: Date.now(), headers: request.headers, body }]);
      behaviour(response, earlier.length);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given");

  return {
    baseURL: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

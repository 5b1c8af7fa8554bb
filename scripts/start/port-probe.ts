import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { StartFailure } from "./start-failure.ts";

/** Where a server may listen that a browser reaches as `localhost`. */
const addresses = ["127.0.0.1", "::1", "0.0.0.0", "::"];
/** The machine has no such address, as without IPv6. */
const absent = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/**
 * @param waitMs how long to wait for the port, as for that of a server that was killed
 * @throws StartFailure when something else keeps listening on the port, or nobody may listen there
 */
export async function assertPortFree(port: number, waitMs: number): Promise<void> {
  const until = Date.now() + waitMs;
  for (;;) {
    const code = await refusalOf(port);
    if (code === null) return;
    if (code !== "EADDRINUSE") {
      throw new StartFailure(
        `Port ${port} cannot be listened on (${code}). Choose another: npm start -- --port 8787`,
      );
    }
    if (Date.now() >= until) {
      throw new StartFailure(
        `Port ${port} is in use. Stop what uses it, or choose another: npm start -- --port ${port === 65_535 ? 8787 : port + 1}`,
      );
    }
    await sleep(250);
  }
}

/** The code with which the system refuses the port at the first address that it does; null when it is free. */
async function refusalOf(port: number): Promise<string | null> {
  // One after the other: those of all addresses take the port from the others.
  for (const address of addresses) {
    const code = await probe(port, address);
    if (code !== null && !absent.has(code)) return code;
  }
  return null;
}

function probe(port: number, host: string): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const server = createServer();
  server.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
  server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  return promise;
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assertPortFree } from "../../scripts/start/port-probe.ts";
import { lockState } from "../../scripts/start/state-lock.ts";
import { waitUntilReady } from "../../scripts/start/wait-until-ready.ts";
import { runCommand } from "./run-command.ts";

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), "eco2-lock-"))));
afterAll(() => rm(root, { recursive: true }));

/** A process that has locked a state and leaves it to another, until it is killed. */
async function lockElsewhere(folder: string, server: number): Promise<ChildProcess> {
  const module = new URL("../../scripts/start/state-lock.ts", import.meta.url).pathname;
  const text = `import { lockState } from ${JSON.stringify(module)};
    const lock = await lockState(${JSON.stringify(folder)}, 4711);
    lock.noteServer(${server}); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn("node", ["--input-type=module", "-e", text], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess) {
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

describe("the lock on a state folder", () => {
  it("keeps a second server out, and names the first by process and address", async () => {
    const folder = join(root, "held");
    const holder = await lockElsewhere(folder, 1);
    await expect(lockState(folder, 4712)).rejects.toThrow(
      `A server already uses the state in ${folder} (process ${holder.pid}, http://localhost:4711). Stop it, or name another folder: npm start -- --persist-to DIR`,
    );
    await kill(holder);
  });

  it("is free again when its server was killed, once the processes of that are gone", async () => {
    const folder = join(root, "killed");
    const served = spawn("sleep", ["60"]);
    const holder = await lockElsewhere(folder, served.pid ?? 0);
    await kill(holder);
    let isGone = false;
    served.once("exit", () => (isGone = true));
    const locked = lockState(folder, 4712);
    await expect(lockState(folder, 4713)).rejects.toThrow("A server already uses the state");
    expect(isGone).toBe(false);
    await kill(served);
    const lock = await locked;
    expect(lock.left).toEqual({ pid: holder.pid, port: 4711, server: served.pid });
    expect(isGone).toBe(true);
    lock.release();
  });

  it("leaves no note when its server ends, and does not mind one that is cut off", async () => {
    const folder = join(root, "released");
    const lock = await lockState(folder, 4711);
    lock.release();
    await expect(readFile(join(folder, "server.json"))).rejects.toThrow("ENOENT");
    await writeFile(join(folder, "server.json"), '{"pid":1');
    const again = await lockState(folder, 4711);
    expect(again.left).toBeNull();
    again.release();
  });

  it.each(["/dev/null", "/proc/state", "FILE", "FILE/below"])(
    "refuses %s, which cannot be written",
    async (named) => {
      const file = join(root, "file");
      await writeFile(file, "");
      const folder = named.replace("FILE", file);
      await expect(lockState(folder, 4711)).rejects.toThrow(
        /^The state folder \S+ cannot be written \(E[A-Z]+\)\. Name another: npm start -- --persist-to DIR$/,
      );
    },
  );
});

describe("the port of a server", () => {
  it.each(["127.0.0.1", "0.0.0.0"])("is in use when another listens on %s", async (host) => {
    const taken = createTcpServer().listen(0, host);
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address ? address.port : 0;
    await expect(assertPortFree(port, 0)).rejects.toThrow(`Port ${port} is in use.`);
    setTimeout(() => taken.close(), 300);
    await assertPortFree(port, 20_000);
  });
});

describe("a server that answers", () => {
  async function answering(headers: Record<string, string>) {
    const server = createServer((_, response) => {
      response.writeHead(200, headers).end('{"status":"ok","model":"offline"}');
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
  }

  it("is ready when it bears the nonce of this start", async () => {
    const { url, close } = await answering({ "Eco2-Start": "mine" });
    expect(await waitUntilReady(url, "mine")).toBe("offline");
    close();
  });

  it.each([{}, { "Eco2-Start": "another" }])("is another's when it bears %o", async (headers) => {
    const { url, close } = await answering(headers);
    await expect(waitUntilReady(url, "mine")).rejects.toThrow(`Another server answers at ${url}.`);
    close();
  });
});

describe("npm start with wrong arguments", () => {
  const npm = (...args: string[]) => runCommand("npm", ["-s", "start", ...args]);

  it.each([
    [["--", "--foo"], "Unknown option '--foo'."],
    [["--", "--port"], "Option '--port <value>' argument missing."],
    [["--", "--port", "abc"], '--port has to be from 1 to 65535, and is "abc".'],
    [["--", "--port", "80000"], '--port has to be from 1 to 65535, and is "80000".'],
    [["--", "9000"], "npm start takes no 9000."],
    [["--port=9000"], "npm has kept --port for itself: write -- before it."],
    [["--persist-to=/tmp"], "npm has kept --persist-to for itself: write -- before it."],
  ])("%j says %s and the usage, in one line", async (args, sentence) => {
    const { code, stdout, stderr } = await npm(...args);
    expect(stderr).toBe(`${sentence} Usage: npm start -- [options]; --help explains them\n`);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });

  it("explains its options for --help", async () => {
    const { code, stdout } = await npm("--", "--help");
    expect(stdout).toContain("--persist-to DIR");
    expect(code).toBe(0);
  });
});

import type { TestProject } from "vitest/node";
import { startModelServer } from "./model-server.ts";
import { startReceiver } from "./receiver.ts";

/** One scripted model and one client's server for the tests in workerd, which cannot listen themselves. */
export default async function setup(project: TestProject) {
  const [server, receiver] = await Promise.all([startModelServer(), startReceiver()]);
  project.provide("modelBaseURL", server.baseURL);
  project.provide("receiverBaseURL", receiver.baseURL);
  return () => Promise.all([server.close(), receiver.close()]);
}

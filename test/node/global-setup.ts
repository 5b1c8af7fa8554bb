import type { TestProject } from "vitest/node";
import { startModelServer } from "./model-server.ts";
import { startReceiver } from "./receiver.ts";

/** Starts the scripted model and the webhook receiver, as tests in workerd cannot listen on a port. */
export default async function setup(project: TestProject) {
  const [server, receiver] = await Promise.all([startModelServer(), startReceiver()]);
  project.provide("modelBaseURL", server.baseURL);
  project.provide("receiverBaseURL", receiver.baseURL);
  return () => Promise.all([server.close(), receiver.close()]);
}

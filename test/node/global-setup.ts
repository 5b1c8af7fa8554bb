import type { TestProject } from "vitest/node";
import { startModelServer } from "./model-server.ts";

/** One scripted model for all the tests that run in workerd, which cannot listen themselves. */
export default async function setup(project: TestProject) {
  const server = await startModelServer();
  project.provide("modelBaseURL", server.baseURL);
  return () => server.close();
}

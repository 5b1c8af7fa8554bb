import { execFileSync } from "node:child_process";

/** Builds the pages and the Worker that are measured, and bounds the Worker's size. */
export function buildMeasured(): void {
  for (const script of ["build", "bundle"]) {
    execFileSync("npm", ["run", "-s", script], { stdio: "inherit" });
  }
}

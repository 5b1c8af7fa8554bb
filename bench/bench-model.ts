/** A model for a benchmark, which answers after LATENCY_MS, or at once; prints its address. */
import { startModelServer } from "../test/node/model-server.ts";

const { baseURL } = await startModelServer({ latencyMs: Number(process.env["LATENCY_MS"] ?? 0) });
console.log(`serving ${baseURL}`);

/** A model that answers at once, for a benchmark; prints its address. */
import { startModelServer } from "../test/node/model-server.ts";

const { baseURL } = await startModelServer();
console.log(`serving ${baseURL}`);

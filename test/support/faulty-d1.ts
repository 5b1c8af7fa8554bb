import { env } from "cloudflare:workers";

type D1Fault = "down" | "silent" | "lost";

/**
 * The test's D1 with a counter of batches and a fault: `before` a batch is written, or `after` it, so that
 * only the reply is lost.
 */
export function faultyD1({ before, after }: { before?: D1Fault; after?: D1Fault } = {}) {
  let batches = 0;
  const DB = new Proxy(env.DB, {
    get(target, key): unknown {
      if (key === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          batches++;
          await inject(before);
          const results = await target.batch(statements);
          await inject(after);
          return results;
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { DB, batches: () => batches };
}

async function inject(fate: D1Fault | undefined): Promise<void> {
  if (fate === "silent") await new Promise<never>(() => {});
  if (fate) throw new Error(`D1 is ${fate}`);
}

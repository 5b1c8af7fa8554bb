import { env } from "cloudflare:workers";

/** The test's D1, with how many rows its statements have read. */
export function countReads() {
  let rows = 0;
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

  function counted(statement: D1PreparedStatement): D1PreparedStatement {
    const proxy = proxyOf(statement, {
      bind: (...values: unknown[]) => counted(statement.bind(...values)),
      all: () => note(statement.all()),
      run: () => note(statement.run()),
    });
    originals.set(proxy, statement);
    return proxy;
  }
  async function note(running: Promise<D1Result>) {
    const result = await running;
    rows += result.meta.rows_read;
    return result;
  }
  const DB = proxyOf(env.DB, {
    prepare: (text: string) => counted(env.DB.prepare(text)),
    async batch(statements: D1PreparedStatement[]) {
      const results = await env.DB.batch(statements.map((it) => originals.get(it) ?? it));
      for (const { meta } of results) rows += meta.rows_read;
      return results;
    },
  });
  return { DB, rows: () => rows };
}

/** An object with other methods in place of some. */
const proxyOf = <Target extends object>(target: Target, methods: object): Target =>
  new Proxy(target, {
    get(_, key): unknown {
      const value: unknown = Reflect.get(key in methods ? methods : target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });

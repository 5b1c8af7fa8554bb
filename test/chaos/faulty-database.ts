import type { Call } from "./faulty-queue.ts";

/** Statements that read the catalog of characters. */
const readsCatalog = (query: string) => /\bFROM (characters|catalog_version)\b/.test(query);
const executions = new Set(["run", "all", "first", "raw"]);

/** A database each statement of which is a call, and whose catalog may be down. */
export function faultyDatabase(db: D1Database, call: Call, isCatalogDown: boolean): D1Database {
  const real = new WeakMap<D1PreparedStatement, D1PreparedStatement>();

  function statement(target: D1PreparedStatement, isDown: boolean): D1PreparedStatement {
    const faulty = new Proxy(target, {
      get(_, key): unknown {
        if (key === "bind")
          return (...values: unknown[]) => statement(target.bind(...values), isDown);
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function" || !executions.has(String(key))) return value;
        return (...args: unknown[]) =>
          call(async () => {
            if (isDown) throw new Error("The catalog is down");
            const reply: unknown = await Reflect.apply(value, target, args);
            return reply;
          });
      },
    });
    real.set(faulty, target);
    return faulty;
  }

  return new Proxy(db, {
    get(target, key): unknown {
      if (key === "prepare") {
        return (query: string) =>
          statement(target.prepare(query), isCatalogDown && readsCatalog(query));
      }
      if (key === "batch") {
        return (statements: D1PreparedStatement[]) =>
          call(() => target.batch(statements.map((it) => real.get(it) ?? it)));
      }
      return Reflect.get(target, key);
    },
  });
}

import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { collectionOf } from "../../src/users/collection.ts";

it("does not grant the default character when a scan grants another during the read", async () => {
  const user = crypto.randomUUID();
  let isFirst = true;
  const db: D1Database = new Proxy(env.DB, {
    get(target, key): unknown {
      if (key !== "prepare") return Reflect.get(target, key);
      return (query: string) => {
        const statement = env.DB.prepare(query);
        if (!isFirst) return statement;
        isFirst = false;
        const bound = statement.bind(user);
        return {
          bind: () => ({
            // The look finds nothing; then the scan's character is saved.
            async all() {
              const empty = await bound.all();
              await env.DB.prepare(
                "INSERT INTO user_characters VALUES ('job', ?, 'char-petty', '페티', '재활용', '말', 1, 1)",
              )
                .bind(user)
                .run();
              return empty;
            },
          }),
        };
      };
    },
  });
  expect(await collectionOf(db, user)).toMatchObject([{ id: "job", code: "char-petty" }]);
  const owned = env.DB.prepare("SELECT * FROM character_ownerships WHERE user_id = ?").bind(user);
  expect((await owned.all()).results).toEqual([]);
});

import { Hono } from "hono";
import type { z } from "zod";
import { collectionOf } from "../users/collection.ts";
import { signedPhotoPath } from "../images/address.ts";
import { HistoryPage, historyOf } from "../users/history.ts";
import { changeProfile, ProfileChanges, profileOf } from "../users/profile.ts";
import { statsOf } from "../users/stats.ts";
import { invalid } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { requireUser, type UserEnv } from "./user.ts";

/** What users see of themselves, and what they may change. */
export const users = new Hono<UserEnv>()
  .use(requireUser)

  .get("/me", async (c) => c.json(await profileOf(c.env.DB, c.get("userId"))))

  .patch("/me", async (c) => {
    const changes = parsed(ProfileChanges, await readJson(c));
    return c.json(await changeProfile(c.env.DB, c.get("userId"), changes));
  })

  .get("/me/characters", async (c) => c.json(await collectionOf(c.env.DB, c.get("userId"))))

  .get("/me/scans", async (c) => {
    const page = parsed(HistoryPage, c.req.query());
    const photoUrl = (key: string) => signedPhotoPath(c.env, key);
    return c.json(await historyOf(c.env.DB, c.get("userId"), page, photoUrl));
  })

  .get("/me/stats", async (c) => c.json(await statsOf(c.env.DB, c.get("userId"))));

function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(result.error);
  return result.data;
}

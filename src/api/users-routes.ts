import { z } from "zod";
import { signedPhotoPath } from "../images/photo-url.ts";
import { accountIdOf, callAccount } from "../objects.ts";
import { FailureCode } from "../pipeline/failure-codes.ts";
import { Collected, collectionOf } from "./collection.ts";
import { HistoryPage, historyOf } from "../users/history.ts";
import { changeProfile, Profile, ProfileChanges, profileOf } from "../users/profile.ts";
import { statsOf } from "../users/stats.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json, jsonBody, page } from "./openapi/response-bodies.ts";
import { readBody } from "./read-body.ts";
import { requireUser, type UserEnv } from "./user.ts";

const count = z.int();
const time = z.iso.datetime();
const nullable = z.string().nullable();
const route = defineRoutes("Users", "user");
const ProfileBody = Profile.meta({
  id: "Profile",
  description: "A user; a member that is not known is null.",
});

const Changes = ProfileChanges.meta({
  id: "ProfileChanges",
  description: "An absent member stays as it is; null clears it.",
});

const Collection = z
  .array(Collected)
  .meta({ id: "Collection", description: "The characters of a user, the newest last." });

const History = page("History", {
  items: z.array(
    z.object({
      job_id: z.string(),
      requested_at: time,
      ended_at: time,
      status: z.string().meta({ enum: ["completed", "failed", "cancelled"] }),
      category: z.object({ major: z.string(), middle: nullable, minor: nullable }).nullable(),
      insufficiencies: z.array(z.string()),
      reward: z.object({ code: z.string(), name: nullable }).nullable(),
      error_code: FailureCode.nullable(),
      model: z.string(),
      region: nullable,
      photo_url: nullable.describe(
        "Valid for 15 minutes; the photo may have been deleted by then.",
      ),
    }),
  ),
});

const Stats = body("Stats", "The totals of a user's ended scans, the most frequent first.", {
  total: count,
  by_status: z.object({ completed: count, failed: count, cancelled: count }),
  by_category: z.array(
    z.object({ major: nullable, middle: nullable, scans: count, rewards: count }),
  ),
  rewards: z.object({
    total: count,
    by_character: z.array(z.object({ code: nullable, scans: count })),
  }),
});

const getProfile = route("get", "/me", "getProfile", {
  summary: "One's own profile",
  responses: { 200: json("The profile.", ProfileBody) },
});

const patchProfile = route("patch", "/me", "changeProfile", {
  summary: "Change one's own profile",
  requestBody: jsonBody(Changes, {
    both: { nickname: "분리배출왕", phone_number: "+82 10 1234 5678" },
  }),
  responses: { 200: json("The profile as it is now.", ProfileBody) },
});

const listCollection = route("get", "/me/characters", "listCollection", {
  summary: "The characters that one has collected",
  description: "A user without any is given the default one.",
  responses: { 200: json("The characters.", Collection) },
});

const listHistory = route("get", "/me/scans", "listHistory", {
  summary: "One's ended scans",
  description: "They stay when the scans themselves have expired.",
  request: { query: HistoryPage },
  responses: { 200: json("A page.", History) },
});

const getStats = route("get", "/me/stats", "getStats", {
  summary: "The totals of one's ended scans",
  responses: { 200: json("The totals.", Stats) },
});

export const users = router<UserEnv>(requireUser)
  .openapi(getProfile, async (c) => c.json(await profileOf(c.env.DB, c.var), 200))

  .openapi(patchProfile, async (c) => {
    const changes = await readBody(c, ProfileChanges);
    return c.json(await changeProfile(c.env.DB, c.var, changes), 200);
  })

  .openapi(listCollection, async (c) => c.json(await collectionOf(c.env, c.get("userId")), 200))

  .openapi(listHistory, async (c) => {
    const page = c.req.valid("query");
    const userId = c.get("userId");
    const account = accountIdOf(c.env, userId);
    const photoUrl = (key: string) => signedPhotoPath(c.env, key, account);
    const rows = await callAccount(c.env, userId, (account) => account.history(userId, page));
    return c.json(await historyOf(rows, page, photoUrl), 200);
  })

  .openapi(getStats, async (c) => {
    const userId = c.get("userId");
    const counts = await callAccount(c.env, userId, (account) => account.totals(userId));
    return c.json(statsOf(counts), 200);
  });

import { z } from "zod";
import { HistoryPage } from "../src/users/history.ts";
import { ProfileChanges } from "../src/users/profile.ts";
import { json, jsonBody } from "./bodies.ts";
import { answers, sends } from "./named-schemas.ts";
import { operation, type Resource } from "./operation.ts";
import { inQuery } from "./parameters.ts";
import { classification, jobId } from "../src/api/scan-examples.ts";

const time = z.iso.datetime();

const Profile = answers(
  "Profile",
  z.object({
    username: z.string().nullable(),
    display_name: z.string().nullable(),
    nickname: z.string().nullable(),
    phone_number: z.string().nullable(),
    provider: z.string().nullable(),
    last_login_at: time.nullable(),
  }),
  "A user. Every member is there, null when it is not known.",
);
const Changes = sends(
  "ProfileChanges",
  ProfileChanges,
  "What is not said stays, and null takes it away.",
  {
    nickname: "1 to 30 characters.",
    phone_number: "A Korean number, however it is written, or another one in E.164.",
  },
);
const Collection = answers(
  "Collection",
  z.array(
    z.object({
      id: z.string(),
      code: z.string(),
      name: z.string(),
      type: z.string(),
      dialog: z.string(),
      acquired_at: time,
    }),
  ),
  "The characters that a user has, the newest last.",
);
const History = answers(
  "History",
  z.object({
    items: z.array(
      z.object({
        job_id: z.string(),
        requested_at: time,
        ended_at: time,
        status: z.string().meta({ enum: ["completed", "failed", "cancelled"] }),
        category: z
          .object({
            major: z.string(),
            middle: z.string().nullable(),
            minor: z.string().nullable(),
          })
          .nullable(),
        insufficiencies: z.array(z.string()),
        reward: z.object({ code: z.string(), name: z.string().nullable() }).nullable(),
        error_code: z.string().nullable(),
        model: z.string(),
        region: z.string().nullable(),
        photo_url: z
          .string()
          .nullable()
          .meta({ description: "Good for 15 minutes; the photo may have been deleted by then." }),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  "A page of ended scans, the newest first; `next_cursor` is null after the last.",
);
const counted = { scans: z.int() };
const Stats = answers(
  "Stats",
  z.object({
    total: z.int(),
    by_status: z.object({ completed: z.int(), failed: z.int(), cancelled: z.int() }),
    by_category: z.array(
      z.object({
        major: z.string().nullable(),
        middle: z.string().nullable(),
        ...counted,
        rewards: z.int(),
      }),
    ),
    rewards: z.object({
      total: z.int(),
      by_character: z.array(z.object({ code: z.string().nullable(), ...counted })),
    }),
  }),
  "What a user's ended scans come to, the most frequent first.",
);

const profile = {
  username: null,
  display_name: null,
  nickname: "분리배출왕",
  phone_number: "010-1234-5678",
  provider: null,
  last_login_at: null,
};
const { major_category: major, middle_category: middle, minor_category: minor } = classification;

export const users: Resource = {
  tag: "Users",
  description: "What users see of themselves, and what they may change.",
  operations: [
    operation("get", "/api/v1/users/me", {
      id: "getProfile",
      summary: "One's own profile",
      access: "user",
      answers: { 200: json("The profile.", Profile, { profile }) },
    }),
    operation("patch", "/api/v1/users/me", {
      id: "changeProfile",
      summary: "Change one's own profile",
      access: "user",
      body: jsonBody(Changes, {
        both: { nickname: "분리배출왕", phone_number: "+82 10 1234 5678" },
        "take away": { phone_number: null },
      }),
      answers: { 200: json("The profile as it is now.", Profile, { profile }) },
      problems: ["MALFORMED_JSON", "VALIDATION_ERROR"],
    }),
    operation("get", "/api/v1/users/me/characters", {
      id: "listCollection",
      summary: "The characters that one has collected",
      description: "Who has none yet is given the default one.",
      access: "user",
      answers: {
        200: json("The characters.", Collection, {
          "the default one": [
            {
              id: "7f0060f2-4efc-4a40-b061-2468dbedd6a5",
              code: "char-eco",
              name: "이코",
              type: "기본",
              dialog: "안녕! 나는 이코야. 오늘도 같이 지구를 지켜 보자!",
              acquired_at: "2026-11-22T11:34:31.379Z",
            },
          ],
        }),
      },
    }),
    operation("get", "/api/v1/users/me/scans", {
      id: "listHistory",
      summary: "One's ended scans",
      description: "They stay when the scans themselves have expired.",
      access: "user",
      parameters: inQuery(HistoryPage, {
        cursor: "The `next_cursor` of the page before.",
        limit: "How many.",
        category: "Those of a major category, or of a middle one of 재활용폐기물.",
      }),
      answers: {
        200: json("A page.", History, {
          "one scan": {
            items: [
              {
                job_id: jobId,
                requested_at: "2026-11-22T11:34:27.263Z",
                ended_at: "2026-11-22T11:34:27.923Z",
                status: "completed",
                category: { major, middle, minor },
                insufficiencies: [],
                reward: { code: "char-petty", name: "페티" },
                error_code: null,
                model: "offline",
                region: "서울특별시 강남구",
                photo_url: null,
              },
            ],
            next_cursor: null,
          },
        }),
      },
      problems: ["VALIDATION_ERROR"],
    }),
    operation("get", "/api/v1/users/me/stats", {
      id: "getStats",
      summary: "What one's ended scans come to",
      access: "user",
      answers: {
        200: json("The totals.", Stats, {
          "one scan": {
            total: 1,
            by_status: { completed: 1, failed: 0, cancelled: 0 },
            by_category: [{ major, middle, scans: 1, rewards: 1 }],
            rewards: { total: 1, by_character: [{ code: "char-petty", scans: 1 }] },
          },
        }),
      },
    }),
  ],
};

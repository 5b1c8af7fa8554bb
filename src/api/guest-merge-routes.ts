import { z } from "zod";
import { endSession } from "../auth/end-session.ts";
import { guestOf } from "../auth/guest-of.ts";
import { isGuest } from "../auth/guests.ts";
import { Unauthenticated } from "../auth/auth-errors.ts";
import { callAccount } from "../objects.ts";
import { collectionOf } from "./collection.ts";
import { guestTokens, openGuests } from "./guest-routes.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json } from "./openapi/response-bodies.ts";
import { rateLimitUser } from "./rate-limit.ts";
import { sendChanges } from "./send-changes.ts";
import { clearCookies } from "./session-cookies.ts";
import { authenticate, requireTrustedOrigin } from "./user.ts";

const Merged = body("GuestMerge", "What became of the guest whose session the request has.", {
  merged: z
    .boolean()
    .describe("Whether it is merged into the user; false for none, and for another user's."),
});

const route = defineRoutes("Sessions", "merge");

const mergeGuest = route("post", "/guest/merge", "mergeGuest", {
  summary: "Take over what one has done as a guest",
  description:
    "For who has logged in and still has the session of a guest: its history, characters and running scans become " +
    "the user's, and it ends. A guest is merged once, into one user. It may be called again.",
  responses: { 200: json("The guest's session has ended.", Merged, ["Set-Cookie"]) },
  problems: ["NO_GUESTS"],
});

export const guestMerge = router().openapi(mergeGuest, async (c) => {
  const { auth, guests } = await openGuests(c);
  requireTrustedOrigin(c);
  const { userId } = await authenticate(c);
  if (isGuest(userId)) throw new Unauthenticated("Log in first: a guest is merged into a user.");
  await rateLimitUser(c, userId);
  const tokens = guestTokens(c);
  const guestId = await guestOf({ ...auth, ...guests }, tokens);
  const merged =
    guestId !== null &&
    (await callAccount(c.env, guestId, (account) => account.mergeInto(guestId, userId)));
  // Other services read the characters where this saves them.
  if (merged) await collectionOf(c.env, userId);
  await endSession(guests, c.env.DB, tokens);
  sendChanges(c);
  clearCookies(c, "guest");
  return c.json({ merged }, 200);
});

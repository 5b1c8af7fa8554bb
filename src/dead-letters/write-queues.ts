import { z } from "zod";
import { GrantMessage, ScanEventsMessage } from "../pipeline/messages.ts";

/** Whose data a message holds, up to when, Unix ms, and of which job, if it says so. */
interface Subject {
  userId: string;
  at: number;
  jobId: string | null;
}
const grantSubject = GrantMessage.transform(({ userId, acquiredAt }): Subject => {
  return { userId, at: acquiredAt, jobId: null };
});
const eventsSubject = ScanEventsMessage.transform(({ userId, jobId, events }): Subject => {
  return { userId, at: Math.max(...events.map(({ at }) => at)), jobId };
});

/**
 * The queues whose messages are writes: the binding, the subject of a body, and the SQL that tells of a
 * dead letter whether its body is written.
 */
export const writeQueues = {
  "character-ownership": {
    binding: "CHARACTER_OWNERSHIP",
    subject: grantSubject,
    isWritten: `EXISTS (SELECT 1 FROM character_ownerships
      WHERE user_id = body ->> 'userId' AND character_code = body -> 'character' ->> 'code')`,
  },
  "user-characters": {
    binding: "USER_CHARACTERS",
    subject: grantSubject,
    isWritten: `EXISTS (SELECT 1 FROM user_characters
      WHERE user_id = body ->> 'userId' AND code = body -> 'character' ->> 'code'
        AND body ->> 'acquiredAt' BETWEEN acquired_at AND given_at)`,
  },
  "scan-events": {
    binding: "SCAN_EVENTS",
    subject: eventsSubject,
    isWritten: `NOT EXISTS (SELECT 1 FROM json_each(body, '$.events') AS sent WHERE NOT EXISTS (
      SELECT 1 FROM events WHERE job_id = body ->> 'jobId' AND seq = sent.value ->> 'seq'))`,
  },
} as const;
export const WriteQueue = z.enum(["character-ownership", "user-characters", "scan-events"]);
export type WriteQueue = z.infer<typeof WriteQueue>;

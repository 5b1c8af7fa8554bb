import { z } from "zod";
import { Delivery, DeliveryStatus } from "./delivery.ts";
import { deliveryWindowMs } from "./delivery-outcome.ts";
import { equal, select, sql } from "../platform/sql.ts";
import { readTablePage, tablePage } from "../platform/table-page.ts";

/** Which deliveries to list, newest first. */
export const DeliveryQuery = z.strictObject({
  job: z.uuid().optional().meta({ description: "Those of this scan." }),
  status: DeliveryStatus.optional(),
  ...tablePage,
});
export type DeliveryQuery = z.infer<typeof DeliveryQuery>;

/** The message of a delivery that is overdue by this much, in ms, is lost. No backlog is as long. */
const lostAfterMs = 60 * 60 * 1000;

/** The deliveries in D1, for operators who list and redeliver them. */
export function deliveryList(db: D1Database) {
  return {
    async find(id: string): Promise<Delivery | null> {
      const [found] = await select(db, Delivery)`SELECT * FROM webhook_deliveries WHERE id = ${id}`;
      return found ?? null;
    },

    async list({ job, status, limit, cursor }: DeliveryQuery) {
      const { items, next_cursor } = await readTablePage(db, Delivery, {
        of: { table: "webhook_deliveries", at: "created_at", id: "id" },
        where: equal({ job_id: job, status }),
        limit,
        cursor,
      });
      return { deliveries: items, next_cursor };
    },

    /**
     * Opens a new delivery window for a delivery that has ended, or whose message is lost. The next
     * message with its id carries it.
     *
     * @returns false when it is pending.
     */
    async reopen(id: string, now: number): Promise<boolean> {
      const { meta } = await sql(db)`
        UPDATE webhook_deliveries
        SET status = 'pending', attempts = 0, next_attempt_at = ${now}, delivered_at = NULL,
          expires_at = ${now + deliveryWindowMs}, message_id = NULL
        WHERE id = ${id} AND (status <> 'pending' OR next_attempt_at < ${now - lostAfterMs})`.run();
      return meta.changes > 0;
    },

    /** Undoes a `reopen` whose message could not be sent. */
    async restore(before: Delivery): Promise<void> {
      const { id, status, attempts, next_attempt_at, delivered_at, expires_at } = before;
      await sql(db)`
        UPDATE webhook_deliveries
        SET status = ${status}, attempts = ${attempts}, next_attempt_at = ${next_attempt_at},
          delivered_at = ${delivered_at}, expires_at = ${expires_at}
        WHERE id = ${id} AND message_id IS NULL`.run();
    },
  };
}

import { WebhookMessage } from "../src/pipeline/messages.ts";

/**
 * What a job still has to tell. A message is put in the same turn as the event it tells of, and taken
 * out once the queue has it; one that is sent twice has the same id.
 */
export function outbox(sql: SqlStorage) {
  return {
    create() {
      sql.exec("CREATE TABLE outbox (id TEXT PRIMARY KEY, message TEXT NOT NULL) STRICT");
    },

    put(message: WebhookMessage) {
      sql.exec("INSERT INTO outbox VALUES (?, ?)", message.id, JSON.stringify(message));
    },

    pending: (): WebhookMessage[] =>
      sql
        .exec<{ message: string }>("SELECT message FROM outbox")
        .toArray()
        .map(({ message }) => WebhookMessage.parse(JSON.parse(message))),

    remove(id: string) {
      sql.exec("DELETE FROM outbox WHERE id = ?", id);
    },
  };
}

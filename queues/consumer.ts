/** Handles a queue's batch: settles each message by itself, and never throws for one of them. */
export type Consumer = (batch: MessageBatch, env: Env) => Promise<void>;

/** The part of BullMQ that is used here: this folder has its own dependencies, which are not always installed. */
declare module "bullmq" {
  interface Connection {
    connection: { path: string; maxRetriesPerRequest: null };
  }

  export class Job {
    data: unknown;
    getChildrenValues(): Promise<Record<string, unknown>>;
    updateProgress(progress: object): Promise<void>;
  }

  export class Worker {
    constructor(
      queue: string,
      run: (job: Job) => Promise<unknown>,
      options: Connection & { concurrency: number },
    );
    waitUntilReady(): Promise<unknown>;
  }

  export class QueueEvents {
    constructor(queue: string, options: Connection);
    waitUntilReady(): Promise<unknown>;
    on(event: "progress", listener: (it: { jobId: string; data: unknown }) => void): this;
    on(event: "completed" | "failed", listener: (it: { jobId: string }) => void): this;
  }

  interface FlowJob {
    name: string;
    queueName: string;
    data: object;
    opts: {
      jobId: string;
      attempts: number;
      backoff: { type: "exponential"; delay: number };
      removeOnComplete: { age: number };
    };
    children?: FlowJob[];
  }

  export class FlowProducer {
    constructor(options: Connection);
    add(flow: FlowJob): Promise<unknown>;
  }
}

/** What the tests' global set-up provides to those in workerd. */
export interface Provided {
  /** Where the scripted model listens. */
  modelBaseURL: string;
  /** Where the client's server for webhooks listens. */
  receiverBaseURL: string;
}

/** The seeded schedules that run: how many from which seed on, and for how long. */
export interface ChaosOptions {
  schedules: number;
  seed: number;
  minutes: number;
}

declare module "vitest" {
  interface ProvidedContext extends Provided {
    /** Null for the short form. */
    chaos: ChaosOptions | null;
  }
}

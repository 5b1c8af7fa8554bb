/** What the tests' global set-up provides to those in workerd. */
export interface Provided {
  /** Where the scripted model listens. */
  modelBaseURL: string;
  /** Where the client's server for webhooks listens. */
  receiverBaseURL: string;
}

declare module "vitest" {
  interface ProvidedContext extends Provided {}
}

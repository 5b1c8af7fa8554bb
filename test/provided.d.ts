/** What the tests' global set-up provides to those in workerd. */
export interface Provided {
  /** Where the scripted model listens. */
  modelBaseURL: string;
}

declare module "vitest" {
  interface ProvidedContext extends Provided {}
}

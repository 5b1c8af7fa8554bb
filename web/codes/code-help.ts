/** What a developer needs to know of a code. */
export interface CodeHelp {
  /** What has happened. */
  means: string;
  /** What to do about it, in the order in which to try it. */
  todo: readonly string[];
}

import type { Regulations } from "../ports.ts";
import type { RegulationBook } from "./book.ts";

/** The port of the stages, and whole books to list and search. */
export interface RegulationLibrary extends Regulations {
  /** The active version. */
  current(): Promise<RegulationBook>;
  /** A version that was published earlier. */
  book(version: string): Promise<RegulationBook>;
}

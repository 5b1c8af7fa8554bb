import type { Regulations } from "../ports.ts";
import type { RegulationBook } from "./book.ts";

/** The port the stages use, and the whole books for those who list or search them. */
export interface RegulationLibrary extends Regulations {
  /** The version that is published now. */
  current(): Promise<RegulationBook>;
  /** A version that was published once. */
  book(version: string): Promise<RegulationBook>;
}

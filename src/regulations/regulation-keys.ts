import type { RegulationKey } from "../pipeline/regulation.ts";

const prefix = "regulations";

/** Holds the name of the active version. A publish writes it last. */
export const pointerKey = `${prefix}:current`;

/** Holds the names of the documents and municipalities of a version. */
export const manifestKey = (version: string) => `${prefix}:${version}:manifest`;

export const documentKey = (version: string, key: RegulationKey) => `${prefix}:${version}:${key}`;

export const municipalityKey = (version: string, region: string) =>
  `${prefix}:${version}:municipality:${region}`;

import type { RegulationKey } from "../pipeline/regulation.ts";

const prefix = "regulations";

/** Names the version that readers use; flipped last by a publish. */
export const pointerKey = `${prefix}:current`;

/** Names the documents and municipalities of a version. */
export const manifestKey = (version: string) => `${prefix}:${version}:manifest`;

export const documentKey = (version: string, key: RegulationKey) => `${prefix}:${version}:${key}`;

export const municipalityKey = (version: string, region: string) =>
  `${prefix}:${version}:municipality:${region}`;

import type { RegulationKey } from "../pipeline/regulation.ts";

/** Names the version that readers use; flipped last by a publish. */
export const pointerKey = "regulations:current";

export const documentKey = (version: string, key: RegulationKey) => `regulations:${version}:${key}`;

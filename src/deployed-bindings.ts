import type { LocalQueueBinding } from "./pipeline/stages/stage-table.ts";

/** Bindings of a deployed Worker alone: `npm run deploy` adds them, because neither runs locally. */
export interface DeployedBindings {
  /** Workers AI. */
  AI?: Ai;
  /** Cloudflare Images. */
  PHOTO_CONVERTER?: ImagesBinding;
}

/** Queues of a local server alone, which hands out one batch of a queue at a time. */
export type LocalQueues = { [Binding in LocalQueueBinding]?: Queue };

declare global {
  interface Env extends DeployedBindings, LocalQueues {}

  namespace Cloudflare {
    interface Env extends DeployedBindings, LocalQueues {}
  }
}

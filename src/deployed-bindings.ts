/** Bindings of a deployed Worker alone: `npm run deploy` adds them, because neither runs locally. */
export interface DeployedBindings {
  /** Workers AI. */
  AI?: Ai;
  /** Cloudflare Images. */
  PHOTO_CONVERTER?: ImagesBinding;
}

declare global {
  interface Env extends DeployedBindings {}

  namespace Cloudflare {
    interface Env extends DeployedBindings {}
  }
}

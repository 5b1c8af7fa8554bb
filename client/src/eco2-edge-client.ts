export { ApiError } from "./api-error.ts";
export type { HistoryOptions } from "./account-requests.ts";
export type { ApiRequest, ApiResponse } from "./connection.ts";
export { type Client, createClient } from "./create-client.ts";
export type { FollowOptions, StreamEvent, SubmittedScan } from "./follow-scan.ts";
export { type Frame, isKnown, outputOf, type Outputs, readFrame } from "./frame.ts";
export type { ClientOptions, Fetch, RequestOptions } from "./options.ts";
export type { RegulationOptions } from "./reference-requests.ts";
export type { Choice } from "./scan-requests.ts";
export {
  isFinishable,
  scanStore,
  type ScanState,
  type ScanStore,
  type ScanTarget,
} from "./scan-store.ts";
export { initialView, reduce, type ScanView } from "./scan-view.ts";
export type { Accepted, ScanInput, SubmitOptions } from "./submit.ts";
export type { Socket, SocketConstructor } from "./transports/websocket-transport.ts";
export type { UploadOptions } from "./upload.ts";
export type * from "./wire.ts";
export { stageNames } from "./wire.ts";

import type { ProblemCode } from "../problem.ts";

/** The ways to show who is asking, as OpenAPI names them. */
export const securitySchemes = {
  accessToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "`AUTH_MODE=jwt`: an access token, whose `sub` is the user.",
  },
  accessCookie: {
    type: "apiKey",
    in: "cookie",
    name: "s_access",
    description:
      "The access token of a browser. A request that changes something needs an `Origin` that is ours " +
      "or one of `ALLOWED_ORIGINS`.",
  },
  refreshCookie: {
    type: "apiKey",
    in: "cookie",
    name: "s_refresh",
    description: "What a browser's session is renewed with, once.",
  },
  userId: {
    type: "apiKey",
    in: "header",
    name: "X-User-ID",
    description:
      "The user. Believed from this machine with `AUTH_MODE=dev`, and from a gateway that sends its " +
      "secret with `AUTH_MODE=gateway`.",
  },
  gatewaySecret: {
    type: "apiKey",
    in: "header",
    name: "X-Gateway-Secret",
    description: "`AUTH_MODE=gateway`: proves that the gateway in front sends `X-User-ID`.",
  },
  streamToken: {
    type: "apiKey",
    in: "query",
    name: "token",
    description:
      "Lets in to one scan's stream for ten minutes. It is a part of `stream_url` and `ws_url`, since " +
      "an `EventSource` and a `WebSocket` send no headers.",
  },
  photoToken: {
    type: "apiKey",
    in: "query",
    name: "token",
    description:
      "Lets in to one photo for 15 minutes: a part of `upload_url`, and of a history's `photo_url`.",
  },
  opsToken: {
    type: "http",
    scheme: "bearer",
    description: "The operators' `OPS_TOKEN`; while it is not set, nobody is let in.",
  },
  eventsToken: {
    type: "http",
    scheme: "bearer",
    description:
      "`EVENTS_TOKEN` of systems that read events; while it is not set, nobody is let in.",
  },
} as const;

type Way = Partial<Record<keyof typeof securitySchemes, []>>;

interface Kind {
  /** Any of these is enough. */
  ways: readonly Way[];
  /** What every route of this kind may answer. */
  problems: readonly ProblemCode[];
}

const user: readonly Way[] = [
  { accessToken: [] },
  { accessCookie: [] },
  { gatewaySecret: [], userId: [] },
  { userId: [] },
];
const unknownUser = ["UNAUTHORIZED", "AUTH_UNAVAILABLE"] as const;
const any = ["RATE_LIMITED", "INTERNAL_ERROR"] as const;

/** Who may call a route, and the problems that every caller may get. */
export const accesses = {
  /** Probes outside of the API. */
  probe: { ways: [], problems: [] },
  anybody: { ways: [], problems: any },
  user: { ways: user, problems: [...unknownUser, ...any] },
  stream: { ways: [{ streamToken: [] }, ...user], problems: [...unknownUser, ...any] },
  photo: { ways: [{ photoToken: [] }, ...user], problems: [...unknownUser, ...any] },
  /** The address is all it takes, where anybody can be known at all. */
  upload: { ways: [{ photoToken: [] }], problems: ["UNAUTHORIZED", ...any] },
  /** Routes that begin, renew and end sessions are closed where nobody can be known. */
  login: { ways: [], problems: ["UNAUTHORIZED", ...any] },
  session: { ways: [{ refreshCookie: [] }], problems: [...unknownUser, ...any] },
  logout: {
    ways: [{ accessCookie: [], refreshCookie: [] }, {}],
    problems: [...unknownUser, ...any],
  },
  operator: { ways: [{ opsToken: [] }], problems: ["UNAUTHORIZED", ...any] },
  /** Not under `/api`, where addresses are counted. */
  scraper: { ways: [{ opsToken: [] }], problems: ["UNAUTHORIZED", "INTERNAL_ERROR"] },
  reader: { ways: [{ eventsToken: [] }], problems: ["UNAUTHORIZED", ...any] },
} as const satisfies Record<string, Kind>;

export type Access = keyof typeof accesses;

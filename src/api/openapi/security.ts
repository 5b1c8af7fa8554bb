import type { ProblemCode } from "../problem.ts";

const bearer = (description: string) => ({ type: "http", scheme: "bearer", description }) as const;
const key = (place: "cookie" | "header" | "query", name: string, description: string) =>
  ({ type: "apiKey", in: place, name, description }) as const;

/** The ways to authenticate, as OpenAPI names them. */
export const securitySchemes = {
  accessToken: {
    ...bearer("`AUTH_MODE=jwt`: an access token, whose `sub` is the user."),
    bearerFormat: "JWT",
  },
  accessCookie: key(
    "cookie",
    "s_access",
    "The access token of a browser. A request that changes something needs an `Origin` that is ours or " +
      "one of `ALLOWED_ORIGINS`.",
  ),
  refreshCookie: key("cookie", "s_refresh", "What a browser's session is renewed with, once."),
  guestCookie: key(
    "cookie",
    "__Host-s_guest",
    "The access token of a guest's browser, with `GUESTS=on`. On a local server it is called `s_guest`.",
  ),
  userId: key(
    "header",
    "X-User-ID",
    "The user. Believed from this machine with `AUTH_MODE=dev` and the key of the start (`X-Dev-Key`, or the cookie " +
      "`dev_key`), and from a gateway that sends its secret with `AUTH_MODE=gateway`.",
  ),
  gatewaySecret: key(
    "header",
    "X-Gateway-Secret",
    "`AUTH_MODE=gateway`: proves that the gateway in front sends `X-User-ID`.",
  ),
  streamToken: key(
    "query",
    "token",
    "Lets in to one scan's stream for ten minutes. It is a part of `stream_url` and `ws_url`, since an " +
      "`EventSource` and a `WebSocket` send no headers.",
  ),
  photoToken: key(
    "query",
    "token",
    "Lets in to one photo for 15 minutes: a part of `upload_url`, and of a history's `photo_url`.",
  ),
  opsToken: bearer("The operators' `OPS_TOKEN`; while it is not set, nobody is let in."),
  opsSession: key(
    "cookie",
    "__Host-s_operator",
    "An operator's session of 12 hours, which `POST /api/v1/ops/session` begins. It is good for pages of this host " +
      "alone. On a local server it is called `s_operator`.",
  ),
  eventsToken: bearer(
    "`EVENTS_TOKEN` of systems that read events; while it is not set, nobody is let in.",
  ),
} as const;

interface Kind {
  /** Any of these is enough. */
  ways: readonly Partial<Record<keyof typeof securitySchemes, []>>[];
  /** What every route of this kind may answer. */
  problems: readonly ProblemCode[];
}

const user: Kind["ways"] = [
  { accessToken: [] },
  { accessCookie: [] },
  { guestCookie: [] },
  { gatewaySecret: [], userId: [] },
  { userId: [] },
];
const common = ["RATE_LIMITED", "UNAVAILABLE", "INTERNAL_ERROR"] as const;
const closed = ["UNAUTHORIZED", ...common] as const;
const authenticated = ["UNAUTHORIZED", "AUTH_UNAVAILABLE", ...common] as const;

/** Who may call a route, and the problems that every caller may get. */
export const accesses = {
  /** Probes outside of the API. */
  probe: { ways: [], problems: [] },
  anybody: { ways: [], problems: common },
  user: { ways: user, problems: authenticated },
  stream: { ways: [{ streamToken: [] }, ...user], problems: authenticated },
  photo: { ways: [{ photoToken: [] }, ...user], problems: authenticated },
  /** The address is all it takes, where anybody can be authenticated at all. */
  upload: { ways: [{ photoToken: [] }], problems: closed },
  /** Routes that begin, renew and end sessions are closed where nobody can be authenticated. */
  login: { ways: [], problems: closed },
  session: { ways: [{ refreshCookie: [] }], problems: authenticated },
  /** Nobody has to be anybody; who has a session or a token shows it. */
  options: {
    ways: [{ accessToken: [] }, { accessCookie: [] }, {}],
    problems: ["AUTH_UNAVAILABLE", ...common],
  },
  /** Begins and renews sessions of guests. */
  guest: { ways: [{ guestCookie: [] }, {}], problems: authenticated },
  /** The user has logged in, and the guest's session is still there. */
  merge: { ways: [{ accessCookie: [], guestCookie: [] }], problems: authenticated },
  logout: { ways: [{ accessCookie: [], refreshCookie: [] }, {}], problems: authenticated },
  operator: { ways: [{ opsToken: [] }, { opsSession: [] }], problems: closed },
  /** Begins a session of an operator. */
  operatorLogin: { ways: [{ opsToken: [] }], problems: closed },
  /** Says whether a request has an operator's session. */
  operatorOptions: { ways: [{ opsSession: [] }, {}], problems: common },
  scraper: {
    ways: [{ opsToken: [] }],
    problems: ["UNAUTHORIZED", "RATE_LIMITED", "INTERNAL_ERROR"],
  },
  events: { ways: [{ eventsToken: [] }], problems: closed },
} as const satisfies Record<string, Kind>;

export type Access = keyof typeof accesses;

/** The parameters of a query that authenticate a caller. */
export const tokenNames = (access: Access): string[] =>
  accesses[access].ways.flatMap((way) =>
    Object.keys(way).flatMap((scheme) => {
      const found = Object.entries(securitySchemes).find(([name]) => name === scheme)?.[1];
      return found && "in" in found && found.in === "query" ? [found.name] : [];
    }),
  );

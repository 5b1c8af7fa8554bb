import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { appFetch } from "../support/app-fetch.ts";
import { documented, problemsOf } from "./document.ts";
import { asked, aUser } from "./driving.ts";

type Operation = (typeof documented)[number];
type Limit = "address" | "failures" | "user";

const gatewaySecret = "a secret of the gateway, 32 bytes long";

/** Which limits an operation has, by who may call it: a new kind of caller is not there. */
function limitsOf({ operationId, security }: Operation): readonly Limit[] {
  if (operationId === "getHealth") return [];
  if (!problemsOf(operationId).includes("UNAUTHORIZED")) return ["address"];
  // A user is counted once they are known, but not by a stream: it is one request for minutes.
  const ways = new Set(security.map((way) => Object.keys(way).join(" ")));
  const byUser = ways.has("userId") && !ways.has("streamToken");
  return byUser ? ["address", "failures", "user"] : ["address", "failures"];
}

const accepting = { limit: () => Promise.resolve({ success: true }) };
const refusing = { limit: () => Promise.resolve({ success: false }) };

/** A server on which one limit is reached. */
const reached = (limit: Limit) =>
  appFetch({
    AUTH_MODE: "gateway",
    GATEWAY_SECRET: gatewaySecret,
    RATE_LIMIT_PER_ADDRESS: limit === "address" ? refusing : accepting,
    RATE_LIMIT_FAILURES: limit === "failures" ? refusing : accepting,
    RATE_LIMIT_PER_USER: limit === "user" ? refusing : accepting,
  });
const servers = {
  address: reached("address"),
  failures: reached("failures"),
  user: reached("user"),
};

const guess = {
  headers: { authorization: "Bearer guess", cookie: "s_access=guess; s_refresh=guess" },
  query: "?token=guess",
};
const known = () => ({
  headers: { "x-user-id": aUser(), "x-gateway-secret": gatewaySecret },
});
const sent = { address: () => ({}), failures: () => guess, user: known };

describe.each(documented.map((operation) => [operation.operationId, operation] as const))(
  "%s",
  (id, operation) => {
    const limits = limitsOf(operation);

    it.each(["address", "failures", "user"] as const)(
      "is limited as its kind is, by %s",
      async (limit) => {
        const response = await asked(id, sent[limit](), servers[limit]);
        await response.body?.cancel();
        expect(response.status === 429).toBe(limits.includes(limit));
        expect(response.headers.get("retry-after") === "60").toBe(limits.includes(limit));
      },
    );
  },
);

describe("failures to authenticate", () => {
  const tokens = { OPS_TOKEN: "the operators' token", EVENTS_TOKEN: "the readers' token" };
  const server = appFetch({ ...tokens, AUTH_MODE: "gateway", GATEWAY_SECRET: gatewaySecret });
  const address = () => `2001:db8::${crypto.randomUUID()}`;
  const ask = async (path: string, token: string, from: string) => {
    const response = await server(path, {
      headers: { "cf-connecting-ip": from, authorization: `Bearer ${token}` },
    });
    await response.body?.cancel();
    return response.status;
  };

  it.each([
    ["/metrics", tokens.OPS_TOKEN],
    ["/api/v1/ops/alerts", tokens.OPS_TOKEN],
    ["/api/v1/events?limit=1", tokens.EVENTS_TOKEN],
  ])("end the guesses of an address at %s, and of no other", async (path, token) => {
    const from = address();
    const answers: number[] = [];
    // A window may end in between: the longer part is still over the limit.
    while (answers.length < 250) answers.push(await ask(path, `guess ${answers.length}`, from));
    expect(answers.indexOf(429)).toBeGreaterThan(50);
    // Its window may end meanwhile, but not what the isolate knows.
    expect(answers.at(-1)).toBe(429);
    expect(await ask(path, token, from)).toBe(429);
    expect(await ask(path, token, address())).toBe(200);
  });

  it("of one kind of secret do not count for another", async () => {
    const from = address();
    while ((await env.RATE_LIMIT_FAILURES.limit({ key: `/metrics ${from}` })).success);
    expect(await ask("/metrics", "guess", from)).toBe(429);
    expect(await ask("/api/v1/events?limit=1", tokens.EVENTS_TOKEN, from)).toBe(200);
  });
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { documented } from "./document.ts";
import { asked, bodyOf, jsonType } from "./driving.ts";
import { credentialsFor } from "./problem-drives.ts";

type Operation = (typeof documented)[number];

const byId = (operations: readonly Operation[]) =>
  operations.map((operation) => [operation.operationId, operation] as const);

const takesQuery = ({ parameters }: Operation) => parameters.some((it) => it.in === "query");
const probes = new Set(["getHealth", "getReadiness", "getMetrics"]);

/** Every list, and whatever else looks at a query. */
const asking = documented.filter(
  (it) => takesQuery(it) || (it.method === "get" && !probes.has(it.operationId)),
);
const takingJson = documented.filter(
  ({ requestBody }) => requestBody?.content["application/json"] !== undefined,
);

const refused = (...errors: { path: string; message: string }[]) => ({
  status: 422,
  code: "VALIDATION_ERROR",
  errors,
});

describe("a parameter that a route does not know", () => {
  it.each(byId(asking))("is refused by its name: %s", async (id, operation) => {
    const headers = { ...credentialsFor(operation), upgrade: "websocket" };
    const response = await asked(id, { headers, query: "?statsu=parked&%F0%9F%98%80=" });
    expect(await response.json()).toMatchObject(
      refused(
        { path: "statsu", message: "is not a parameter" },
        { path: "😀", message: "is not a parameter" },
      ),
    );
  });

  it("is told with those that the route takes", async () => {
    const response = await asked("listRevocations", {
      headers: { authorization: "Bearer ops-secret" },
      query: "?user=me",
    });
    expect(await response.json()).toMatchObject({
      detail: "The query has an unknown parameter; it takes kind, value, limit, cursor.",
    });
  });

  it("is named ten times at most", async () => {
    const query = `?${Array.from({ length: 30 }, (_, index) => `x${index}=1`).join("&")}`;
    const response = await asked("listModels", { query });
    const { errors } = await response.json<{ errors: unknown[] }>();
    expect(errors).toHaveLength(10);
  });
});

describe("a field that a body does not know", () => {
  it.each(byId(takingJson))("is refused by its name: %s", async (id, operation) => {
    const known = z.looseObject({}).parse(JSON.parse(bodyOf(id) ?? "{}"));
    const response = await asked(id, {
      headers: { ...credentialsFor(operation), ...jsonType },
      body: JSON.stringify({ ...known, modle: "gpt-5" }),
    });
    expect(await response.json()).toMatchObject(
      refused({ path: "modle", message: "is not a field of this body" }),
    );
  });
});

import { expect, it } from "vitest";
import { app } from "../../src/api/app.ts";
import { documented } from "./document.ts";

/** The predecessor's other name of a route: OpenAPI takes both names for the same path. */
const otherNames = new Set(["GET /api/v1/scan/result/{id}"]);

const inApp = () =>
  new Set(
    app.routes
      // What `use` adds is for all methods: it is no route.
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`),
  );
const inDocument = () => documented.map(({ method, path }) => `${method.toUpperCase()} ${path}`);

it("documents every route of the app but other names, and none that it does not have", () => {
  const routes = inApp();
  expect(routes.size).toBeGreaterThan(60);
  expect(inDocument().toSorted()).toEqual([...routes.difference(otherNames)].toSorted());
  expect(otherNames.isSubsetOf(routes)).toBe(true);
});

it("names every operation once, and each part of its path", () => {
  const ids = documented.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, parameters } of documented) {
    const parts = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
    const described = parameters.filter((it) => it.in === "path").map(({ name }) => name);
    expect(described, path).toEqual(parts);
  }
});

import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { licenceErrors, licencesDocument, shippedOf } from "../../scripts/supply-chain/licences.ts";
import { lockedPackages, packagesIn } from "../../scripts/supply-chain/lock-file.ts";
import { readAudit } from "../../scripts/supply-chain/read-audit.ts";
import { runCommand } from "./run-command.ts";

const Package = z.object({
  dependencies: z.record(z.string(), z.string()),
  allowScripts: z.record(z.string(), z.boolean()),
});
const project = Package.parse(JSON.parse(await readFile("package.json", "utf8")));
const packages = await lockedPackages();

describe("scripts that packages run when they are installed", () => {
  const decided = Object.entries(project.allowScripts);

  it("are allowed of three packages, which bring programs", () => {
    const allowed = decided.flatMap(([name, isAllowed]) => (isAllowed ? [name] : []));
    expect(allowed.toSorted()).toEqual(["esbuild", "node", "workerd"]);
  });

  it("are each allowed or refused by name, and no decision is for a package that has none", () => {
    const withScripts = packages.filter(({ hasInstallScript }) => hasInstallScript);
    expect(decided.map(([name]) => name).toSorted()).toEqual(
      [...new Set(withScripts.map(({ name }) => name))].toSorted(),
    );
  });
});

describe("the licences of what is shipped", () => {
  const lockOf = (fields: object) =>
    packagesIn(
      JSON.stringify({
        packages: { "": {}, "node_modules/a/node_modules/@b/c": { version: "1.0.0", ...fields } },
      }),
    );

  it("are all on the list, and the document has them", async () => {
    expect(licenceErrors(packages)).toEqual([]);
    expect(await readFile("docs/licences.md", "utf8")).toBe(licencesDocument(packages));
    const names = shippedOf(packages).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(project.dependencies)));
  });

  it.each(["GPL-3.0", "SEE LICENSE IN LICENSE", "UNLICENSED", undefined])(
    "do not include %s",
    (license) => {
      expect(licenceErrors(lockOf({ license }))).toEqual([
        `@b/c 1.0.0 is shipped under ${license ?? "no licence"}, which is not on the list.`,
      ]);
      expect(licenceErrors(lockOf({ license, dev: true }))).toEqual([]);
    },
  );
});

describe("an audit", () => {
  const reported = (severities: readonly string[]) =>
    JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities: Object.fromEntries(
        severities.map((severity) => [`${severity}-one`, { severity, range: "<2.0.0", via: [] }]),
      ),
      metadata: {},
    });

  it.each([
    ["high", ["low", "high"], "vulnerable"],
    ["critical", ["critical"], "vulnerable"],
    ["moderate", ["low", "moderate"], "clean"],
    ["none", [], "clean"],
  ])("with %s", (_, severities, verdict) => {
    const audit = readAudit(reported(severities));
    expect(audit.verdict).toBe(verdict);
    for (const severity of severities)
      expect(audit.lines).toContain(`${severity}: ${severity}-one <2.0.0`);
  });

  it.each([
    ["a registry without audits", '{"message":"405 Method Not Allowed","statusCode":405}'],
    ["a registry that is not there", '{"error":{"code":"ENOTFOUND"}}'],
    ["a page", "<!doctype html>"],
    ["nothing", ""],
  ])("proves nothing when it was answered by %s", (_, printed) => {
    expect(readAudit(printed).verdict).toBe("unanswered");
  });
});

describe("the bill of materials", () => {
  const Bom = z.object({
    bomFormat: z.literal("CycloneDX"),
    components: z.array(
      z.object({
        name: z.string(),
        version: z.string(),
        purl: z.string(),
        properties: z.array(z.object({ name: z.string() })).default([]),
      }),
    ),
  });

  it("lists every package, and marks none that is shipped as one for development", async () => {
    const { code, stdout } = await runCommand("npm", ["run", "-s", "sbom"]);
    expect(code).toBe(0);
    const { components } = Bom.parse(JSON.parse(stdout));
    expect(components.length).toBeGreaterThan(200);
    const listed = components
      .filter(({ properties }) => !properties.some(({ name }) => name.endsWith(":development")))
      .map(({ name, version }) => `${name}@${version}`);
    const shipped = shippedOf(packages).map(({ name, version }) => `${name}@${version}`);
    expect(listed).toEqual(expect.arrayContaining(shipped));
  });
});

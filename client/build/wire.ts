/**
 * Writes `client/src/wire.ts` from what the compiler infers of `typeof app`: the client's types stand
 * alone, without the server's sources and theirs. A test's types compare the two.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Named {
  name: string;
  comment: string;
  type: string;
}

const root = join(import.meta.dirname, "../..");
const written = join(root, "client/src/wire.ts");
const run = (tool: string, ...args: string[]) =>
  execFileSync(join(root, "node_modules/.bin", tool), args, { cwd: root, stdio: "inherit" });

/** The declarations that the compiler emits for `of-app.ts`. */
function emitted(): string {
  const outDir = mkdtempSync(join(tmpdir(), "eco2-wire-"));
  try {
    run("tsc", "-p", "client/build/tsconfig.json", "--outDir", outDir);
    return readFileSync(join(outDir, "client/build/of-app.d.ts"), "utf8");
  } finally {
    rmSync(outDir, { recursive: true });
  }
}

/** The members of `wire`, in order, each on one line. */
function membersOf(declarations: string): Named[] {
  const table = /declare const wire: \{\n([^]*?)\n\};/.exec(declarations)?.[1] ?? "";
  return [
    ...table.matchAll(/^ {4}(\/\*\*.*\*\/\n {4})?(\w+): ([^]*?);$(?=\n {4}[\w/]|$(?!\n))/gm),
  ].map(([, comment = "", name = "", type = ""]) => ({
    name,
    comment: comment.trim(),
    type: type.replaceAll(/\s+/g, " "),
  }));
}

/** The same with each type that has a name said by it: small ones first, so that larger ones match. */
function named(members: Named[]): Named[] {
  return members
    .toSorted((one, other) => one.type.length - other.type.length)
    .reduce((all, { name }) => {
      const { type } = all.find((it) => it.name === name) ?? { type: "" };
      return all.map((it) =>
        it.name === name ? it : { ...it, type: it.type.replaceAll(type, name) },
      );
    }, members);
}

const members = named(membersOf(emitted()));
if (members.length === 0) throw new Error("No types were found in what the compiler emitted");
const types = members.map(
  ({ name, comment, type }) => `${comment}\nexport type ${name} = ${type};\n`,
);
const head = "// Written by `npm run client:types` from `typeof app`; do not edit.\n";
writeFileSync(written, [head, ...types].join("\n"));
run("oxfmt", written);

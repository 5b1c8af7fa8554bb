import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folders =
  "bench|client|docs|durable-objects|migrations|queues|regulations|scripts|src|test|web";
const fileName = new RegExp(
  String.raw`\`((?:(?:${folders})/[\w./-]+)|wrangler\.toml|worker-configuration\.d\.ts)\``,
  "g",
);

/** The files and folders of the repository that a text names. */
export const filesIn = (text: string): string[] =>
  [...text.matchAll(fileName)].map(([, file = ""]) => file);

/** The targets of a document's links that do not exist. */
export function brokenLinks(file: string, text: string): string[] {
  return [...text.matchAll(/\]\(((?!https?:)[^)]*)\)/g)].flatMap(([, target = ""]) => {
    const [path = "", anchor] = target.split("#");
    const linked = path === "" ? file : join(dirname(file), path);
    if (!existsSync(linked)) return [target];
    return anchor === undefined || anchorsOf(readFileSync(linked, "utf8")).includes(anchor)
      ? []
      : [target];
  });
}

const anchorsOf = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );

/** The scripts of `package.json` that a text runs. */
export const scriptsIn = (text: string): string[] =>
  [...text.matchAll(/\bnpm run (?:-s )?([a-z][\w-]*(?::[\w-]+)*)/g)].map(
    ([, script = ""]) => script,
  );

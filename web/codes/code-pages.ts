import type { CodeHelp } from "./code-help.ts";
import { problems } from "../../src/api/problem.ts";
import { failureHelp } from "./failure-help.ts";
import { problemHelp } from "./problem-help.ts";
import { failureMessages } from "../../client/src/ko/failure-message.ts";
import { problemMessages } from "../../client/src/ko/problem-messages.ts";

interface Kind {
  folder: "problems" | "failures";
  heading: string;
  /** What has codes of this kind. */
  about: string;
  help: Readonly<Record<string, CodeHelp>>;
  korean: Readonly<Record<string, string>>;
  /** The status and title of a problem. */
  heads: Readonly<Record<string, readonly [status: number, title: string]>>;
}

const kinds: readonly Kind[] = [
  {
    folder: "problems",
    heading: "Problems of the API",
    about: "The code of a request that was refused; its type is the address of the code's page.",
    help: problemHelp,
    korean: problemMessages,
    heads: problems,
  },
  {
    folder: "failures",
    heading: "Failures of scans",
    about:
      "The code in error, last_error and error_code of a scan, of its frames and of its model calls.",
    help: failureHelp,
    korean: failureMessages,
    heads: {},
  },
];

/** The pages that explain the codes, by their file names: one a code, and a list of each kind. */
export function* codePages(styles: string): Generator<[fileName: string, html: string]> {
  for (const kind of kinds) {
    yield [`${kind.folder}.html`, page(kind.heading, styles, listOf(kind))];
    for (const [code, help] of Object.entries(kind.help)) {
      yield [`${kind.folder}/${code}.html`, page(code, styles, contentOf(kind, code, help))];
    }
  }
}

const listOf = ({ folder, heading, about, help }: Kind): string => `
<h1>${heading}</h1>
<p>${about} A code that is not here is one of a later version of the server.</p>
<dl>${Object.entries(help)
  .map(([code, { means }]) => `<dt><a href="/${folder}/${code}">${code}</a></dt><dd>${means}</dd>`)
  .join("\n")}</dl>
<p><a href="/docs">API</a></p>`;

const headOf = (head: readonly [status: number, title: string] | undefined) =>
  head ? `<p>Status ${head[0]}: ${head[1]}.</p>\n` : "";

const contentOf = (
  { folder, heading, about, korean, heads }: Kind,
  code: string,
  help: CodeHelp,
) => `
<h1><code>${code}</code></h1>
${headOf(heads[code])}<p>${help.means}</p>
<h2>What to do</h2>
<ul>${help.todo.map((it) => `<li>${it}</li>`).join("\n")}</ul>
<h2>For residents</h2>
<p lang="ko">${korean[code] ?? ""}</p>
<h2>Where it is</h2>
<p>${about}</p>
<p><a href="/${folder}">${heading}</a> · <a href="/docs">API</a></p>`;

const page = (title: string, styles: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Eco² Edge</title>
<link rel="icon" type="image/svg+xml" href="/favicon.svg">
<link rel="stylesheet" href="${styles}">
</head>
<body><main>${content}
</main></body>
</html>
`;

import type { IncomingHttpHeaders, ServerResponse } from "node:http";

type Status = 401 | 403 | 404 | 502;

interface Refusal {
  /** For who opens the page on a phone. */
  title: string;
  todo: string;
  /** For developers, and for requests of programs. */
  english: string;
}

const refusals: Record<Status, Refusal> = {
  401: {
    title: "아직 연결되지 않았어요",
    todo: "컴퓨터 화면의 QR 코드를 찍어 주세요. 서버를 다시 시작하면 코드도 바뀌어요.",
    english: "Open the address that npm start has printed.",
  },
  403: {
    title: "이 주소로는 열 수 없어요",
    todo: "컴퓨터 화면의 QR 코드를 찍어 주세요.",
    english: "The Host or Origin header is not this address.",
  },
  404: {
    title: "여기서는 열리지 않는 화면이에요",
    todo: "분리배출 화면만 휴대폰에서 볼 수 있어요.",
    english: "Not Found",
  },
  502: {
    title: "서버가 대답하지 않아요",
    todo: "컴퓨터에서 npm start가 돌고 있는지 보고, 다시 열어 주세요.",
    english: "The server does not answer.",
  },
};

/** Refuses a request: a browser that opens a page gets one, anything else a line of text. */
export function refuse(response: ServerResponse, status: Status, asked: IncomingHttpHeaders): void {
  const isPage = asked.accept?.includes("text/html") === true;
  const type = isPage ? "text/html; charset=utf-8" : "text/plain";
  response
    .writeHead(status, {
      "content-type": type,
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      "x-content-type-options": "nosniff",
    })
    .end(isPage ? page(refusals[status], status) : refusals[status].english);
}

const page = ({ title, todo, english }: Refusal, status: Status) => `<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Eco² Edge</title>
<style>
:root { color-scheme: light dark; }
body {
  display: grid; place-content: center; box-sizing: border-box; min-height: 100dvh; margin: 0; padding: 1.5rem;
  background: light-dark(#eff7f3, #0c1714); color: light-dark(#12302a, #e4f2ec);
  font: 1rem/1.6 "Apple SD Gothic Neo", "Noto Sans KR", "Noto Sans CJK KR", system-ui, sans-serif;
  word-break: keep-all; overflow-wrap: anywhere;
}
main { display: grid; gap: 0.75rem; max-width: 26rem; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.3; }
p { margin: 0; }
.small { color: light-dark(#48625a, #a5c0b6); font-size: 0.875rem; }
a {
  display: grid; place-content: center; min-height: 3rem; border-radius: 0.875rem; font-weight: 700;
  background: light-dark(#0b7a63, #52d3ae); color: light-dark(#ffffff, #05221a); text-decoration: none;
}
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${todo}</p>
${status === 404 ? `<a href="/">분리배출 화면으로</a>\n` : ""}<p class="small" lang="en">${english}</p>
</main>
</body>
</html>
`;

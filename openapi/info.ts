/** What the API is, for whoever reads its document. */
export const info = {
  title: "Eco² Edge",
  version: "1.0.0",
  summary: "Korean waste scanning: a photo or words in, disposal steps and a character out.",
  license: { name: "MIT", identifier: "MIT" },
  description: `A resident photographs a piece of waste, or describes it. \`POST /api/v1/scan\` accepts it at once; a pipeline
of four stages (vision → rule → answer → reward) then classifies it, looks up its regulation, writes the
steps, and gives a character. How far it is comes over SSE or WebSocket, and the result over HTTP.

**Who is asking** is told by a bearer token, the cookie \`s_access\`, or \`X-User-ID\` behind a gateway and on a
local server. Another user's scan is a 404.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`. A route that does not exist is a 404
with the code \`NOT_FOUND\`.

**Addresses** in answers are paths on the host that answered. **Times** are ISO 8601 in UTC, except where a
member says that it is in milliseconds.`,
} as const;

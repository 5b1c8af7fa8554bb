/** What the API is, for whoever reads its document. */
export const info = {
  title: "Eco² Edge",
  version: "1.0.0",
  summary: "Korean waste scanning: a photo or words in, disposal steps and a character out.",
  license: { name: "MIT", identifier: "MIT" },
  description: `A resident photographs a piece of waste, or describes it. \`POST /api/v1/scan\` accepts it at once; a pipeline
of four stages (vision → rule → answer → reward) then classifies it, looks up its regulation, writes the
steps, and gives a character. How far it is comes over SSE or WebSocket, and the result over HTTP.

**A user is identified** by a bearer token, the cookie \`s_access\`, or \`X-User-ID\` behind a gateway and on a
local server. Another user's scan is a 404.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`, whose page is
the \`type\`. \`Accept-Language: ko\` gives their \`title\` and \`detail\` in Korean, for residents. A code that is not
listed is one of a later version. A route that does not exist is a 404
with the code \`NOT_FOUND\`.

**Addresses** in answers are paths on the host that answered. **Times** are ISO 8601 in UTC, except where a
member is described as milliseconds.`,
} as const;

/** What operations are grouped by, in the order in which they are shown. */
export const tags = {
  Scan: "Submit a scan, ask for it, and cancel it.",
  Stream:
    "A scan as it happens. Missed frames come first, then live ones: nothing twice, nothing left out.",
  Images:
    "Photos of at most 10 MB and 100 megapixels, known by their first bytes. What a camera notes is cut out on the way in. A photo is seen by its owner or by a signed address, and deleted after 30 days.",
  Regulations: "The rules of discharge themselves, for anybody.",
  Models: "The models that can answer a scan.",
  Characters: "The characters that can be collected.",
  Users: "What users see of themselves, and what they may change.",
  Erasure: "A user's right to be forgotten: asked for, carried out, and proven by a receipt.",
  Sessions:
    "The sessions of browsers: `s_access` identifies the user, and `s_refresh` renews it, once.",
  Events: "What other systems read of scans: the event log, from a cursor on.",
  Health: "Is it up, and is what it needs there.",
  Metrics: "What Prometheus scrapes.",
  "Ops: session": "One session for all tabs of an operator's browser.",
  "Ops: overview": "What is to be known at a glance.",
  "Ops: health": "How the pipeline was doing.",
  "Ops: queues": "What waits, and how long.",
  "Ops: scans": "What happened to one scan.",
  "Ops: audit": "Who changed what, and why.",
  "Ops: statistics": "What scans cost, and which classes residents corrected.",
  "Ops: dead letters": "What did not go through: by cause, and one by one.",
  "Ops: redrives":
    "Redrives of many dead letters at once, decided by an operator and run by the platform.",
  "Ops: control": "What is paused, and which providers are left alone.",
  "Ops: alerts": "What is wrong.",
  "Ops: webhooks": "Webhook deliveries.",
  "Ops: catalog": "The characters; a change reaches every matcher within five seconds.",
  "Ops: projections": "What is made of the event log.",
  "Ops: confirmations": "What residents chose where they were asked.",
  "Ops: regulations": "Which versions of the regulations are there.",
  "Ops: revocations": "Who is locked out. Every isolate knows within 30 seconds.",
  Webhooks: "Requests to other servers, signed as Standard Webhooks.",
} as const;

export type Tag = keyof typeof tags;

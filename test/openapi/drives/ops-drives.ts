import { env } from "cloudflare:workers";
import { z } from "zod";
import { consumerOf } from "../../../queues/consumers.ts";
import { reconcile } from "../../../src/alerts/alert-store.ts";
import { recordWriteDeadLetters } from "../../../src/dead-letters/record-dead-letters.ts";
import { breakerLimits } from "../../../src/pipeline/breaker.ts";
import { pipelineControl } from "../../../src/control-client.ts";
import { publicationOf } from "../../../regulations/publication.ts";
import { documents } from "../../setup.ts";
import { appFetch, cookiesOf } from "../../support/app-fetch.ts";
import { buildSubmission, jobOf } from "../../support/job-builders.ts";
import { buildBatch, buildMessage } from "../../support/queue-messages.ts";
import { buildWebhook, webhookEnv } from "../../support/build-webhook.ts";
import { asked, asOperator, type Drives, local, operated, opsToken } from "../driving.ts";
import { aFinished, aParked } from "../scans.ts";
import { withUnreadableLog } from "../unreadable-log.ts";

const Id = z.object({ id: z.string() });
const idIn = async (response: Promise<Response>) => Id.parse(await (await response).json()).id;

const listed =
  (id: string, query = "") =>
  () =>
    operated(id, { query });

/** Something wrong that was seen, and is not any more. */
async function alerted(): Promise<Response> {
  const [open, gone] = [crypto.randomUUID(), crypto.randomUUID()];
  const firing = [open, gone].map((target) => ({
    rule: "backlog",
    target,
    value: 1_204,
    threshold: 1_000,
  }));
  await reconcile(env.DB, firing, [], Date.now());
  await reconcile(env.DB, firing.slice(0, 1), [], Date.now());
  const response = await operated("listAlerts");
  await reconcile(env.DB, [], [], Date.now());
  return response;
}

const redrive = (body: object) =>
  operated("decideRedrive", { body: JSON.stringify({ by: "kim", why: "a test", ...body }) });
const nothing = {
  filter: { code: crypto.randomUUID() },
  canary: { count: 5, max_failed_percent: 20 },
};

const aPause = async (ask: () => Promise<Response>): Promise<Response> => {
  await operated("pauseStage", { path: { stage: "reward" } });
  try {
    return await ask();
  } finally {
    await pipelineControl(env).unpause("reward");
  }
};

async function aFailingProvider(ask: () => Promise<Response>): Promise<Response> {
  for (let failure = 0; failure < breakerLimits.failures; failure++) {
    await pipelineControl(env).failed("workers-ai", null);
  }
  try {
    return await ask();
  } finally {
    await pipelineControl(env).reset("workers-ai");
  }
}

/** The id of a webhook that was delivered to a receiver which answers so. */
async function delivered(behaviour: string) {
  const webhook = buildWebhook(behaviour);
  await consumerOf("webhooks")(
    buildBatch("webhooks", [buildMessage<unknown>(webhook)]),
    webhookEnv(),
  );
  return webhook.id;
}
const ofWebhook = async (id: string, behaviour: string) =>
  operated(id, { path: { id: await delivered(behaviour) } });

const Catalog = z.object({ characters: z.array(z.looseObject({ code: z.string() })) });
const code = "char-documented";
const aCharacter = () =>
  operated("putCharacter", {
    path: { code },
    body: JSON.stringify({ name: "새", type: "재활용", dialog: "안녕!", match: "문서" }),
  });

async function characterGone(): Promise<Response> {
  await aCharacter();
  return operated("deleteCharacter", { path: { code } });
}
async function characterChanged(): Promise<Response> {
  const response = await aCharacter();
  await operated("deleteCharacter", { path: { code } });
  return response;
}
async function catalogReplaced(): Promise<Response> {
  const { characters } = Catalog.parse(await (await operated("getCatalog")).json());
  return operated("replaceCatalog", { body: JSON.stringify({ characters, by: "kim" }) });
}

async function unwritten(): Promise<Response> {
  const body = { not: crypto.randomUUID() };
  await recordWriteDeadLetters(
    env.DB,
    [{ queue: "user-characters", messageId: crypto.randomUUID(), body }],
    Date.now(),
  );
  return operated("listDeadLetters", { query: "?kind=write&source=user-characters" });
}

const aRevocation = () => {
  const value = crypto.randomUUID();
  const body = JSON.stringify({ kind: "jti", value, by: "kim", why: "a test" });
  return { value, made: operated("revoke", { body }) };
};

async function anotherVersion(): Promise<Response> {
  const { entries } = await publicationOf(documents, []);
  await Promise.all(entries.map(({ key, value }) => env.REGULATIONS.put(key, value)));
  return operated("listRegulationVersions");
}

const session = async () => ({
  cookies: cookiesOf(await operated("beginOperatorSession")),
  headers: { origin: local },
});

/** The id of a scan that the event log knows, and whose object holds nothing any more. */
async function aPurged(): Promise<string> {
  const id = crypto.randomUUID();
  await env.DB.prepare("INSERT INTO event_jobs VALUES (?, 0, 1, ?)").bind(id, Date.now()).run();
  return id;
}
const ofPurged = (operation: string) => async () =>
  operated(operation, { path: { id: await aPurged() } });

/** Asks while operators have done something as often as they may within an hour. */
async function tooOften(action: string, ask: () => Promise<Response>): Promise<Response> {
  const row = env.DB.prepare(
    "INSERT INTO audit (at, by, action, target, detail) VALUES (?, 'kim', ?, 'often', '{}')",
  ).bind(Date.now(), action);
  await env.DB.batch(Array.from({ length: 60 }, () => row));
  try {
    return await ask();
  } finally {
    await env.DB.exec("DELETE FROM audit WHERE target = 'often'");
  }
}

const testOrder = { by: "kim", why: "a test" };
const aTest = async (changes: object) =>
  operated("runTest", {
    path: { id: (await aFinished()).jobId },
    body: JSON.stringify({ ...testOrder, ...changes }),
  });

export const opsDrives: Drives = {
  getOperatorSession: {
    "200": async () => asked("getOperatorSession", await session()),
    "200 of nobody": () => asked("getOperatorSession"),
  },
  beginOperatorSession: { "201": () => operated("beginOperatorSession") },
  endOperatorSession: {
    "204": async () => asked("endOperatorSession", await session()),
    "204 without a session": () => operated("endOperatorSession"),
    "401 UNAUTHORIZED for another page": async () =>
      asked("endOperatorSession", {
        ...(await session()),
        headers: { origin: "https://a.example" },
      }),
  },
  getOverview: {
    "200": async () => {
      await aParked();
      await redrive(nothing);
      return aPause(() => aFailingProvider(listed("getOverview")));
    },
    "200 while the control cannot be reached": () =>
      operated(
        "getOverview",
        {},
        appFetch(
          {
            OPS_TOKEN: opsToken,
            PIPELINE_CONTROL: new Proxy(env.PIPELINE_CONTROL, {
              get() {
                throw new Error("The object is out of reach");
              },
            }),
          },
          local,
        ),
      ),
  },
  getPipelineHealth: {
    "200": listed("getPipelineHealth"),
    "200 of a week": listed("getPipelineHealth", "?hours=168"),
  },
  listQueues: { "200": listed("listQueues") },
  listJobs: {
    "200": async () => {
      await aParked();
      return operated("listJobs", { query: "?limit=2" });
    },
    "503 EVENTS_UNREADABLE": () =>
      withUnreadableLog(() => operated("listJobs", { query: "?status=completed" })),
  },
  cancelJobs: {
    "200": async () => {
      const job_ids = [(await aParked()).jobId, crypto.randomUUID()];
      const body = JSON.stringify({ job_ids, by: "kim", why: "a test" });
      return operated("cancelJobs", { body });
    },
  },
  getJob: {
    "200": async () => operated("getJob", { path: { id: (await aParked()).jobId } }),
    "410 SCAN_PURGED": ofPurged("getJob"),
  },
  listJobEvents: {
    "200": async () => operated("listJobEvents", { path: { id: (await aFinished()).jobId } }),
    "410 SCAN_PURGED": ofPurged("listJobEvents"),
  },
  runTest: {
    "202": async () => operated("runTest", { path: { id: (await aFinished()).jobId } }),
    "400 UNSUPPORTED_MODEL": async () => aTest({ model: "gpt-99" }),
    "400 IMAGE_URL_REQUIRED": async () => aTest({ user_input: "" }),
    "410 SCAN_PURGED": ofPurged("runTest"),
    "415 UNSUPPORTED_PHOTO_TYPE": async () => {
      const photo = { kind: "stored", key: "scan/a/b", type: "image/gif", sha256: "ab" } as const;
      const submission = buildSubmission({ photo });
      await jobOf(submission.jobId).submit(submission);
      const body = JSON.stringify({ ...testOrder, model: "gemini-2.5-flash" });
      const settings = { OPS_TOKEN: opsToken, GEMINI_API_KEY: "key" };
      return operated(
        "runTest",
        { path: { id: submission.jobId }, body },
        appFetch(settings, local),
      );
    },
    "429 RATE_LIMITED": () => tooOften("job.test", () => aTest({})),
  },
  compareTest: {
    "200": async () => {
      const { job_id } = z.object({ job_id: z.string() }).parse(await (await aTest({})).json());
      return operated("compareTest", { path: { id: job_id } });
    },
    "410 SCAN_PURGED": ofPurged("compareTest"),
    "429 RATE_LIMITED": async () => {
      const { job_id } = z.object({ job_id: z.string() }).parse(await (await aTest({})).json());
      return tooOften("job.compare", () => operated("compareTest", { path: { id: job_id } }));
    },
  },
  showContent: {
    "200": async () => operated("showContent", { path: { id: (await aFinished()).jobId } }),
    "410 SCAN_PURGED": ofPurged("showContent"),
    "429 RATE_LIMITED": () =>
      tooOften("job.content", async () =>
        operated("showContent", { path: { id: (await aParked()).jobId } }),
      ),
  },
  watchJob: {
    "201": async () => operated("watchJob", { path: { id: (await aParked()).jobId } }),
    "410 SCAN_PURGED": ofPurged("watchJob"),
    "503 NOT_CONFIGURED": async () =>
      operated(
        "watchJob",
        { path: { id: (await aParked()).jobId } },
        appFetch({ OPS_TOKEN: opsToken, SIGNING_SECRET: "" }, local),
      ),
  },
  listAudit: {
    "200": async () => {
      await aRevocation().made;
      return operated("listAudit");
    },
  },
  listDeadLetterGroups: {
    "200": async () => {
      await aParked();
      return operated("listDeadLetterGroups");
    },
  },
  listDeadLetters: {
    "200": async () => {
      const { jobId } = await aParked();
      return operated("listDeadLetters", { query: `?job_id=${jobId}&limit=1` });
    },
    "200 of a queue of writes": unwritten,
  },
  decideRedrive: {
    "200 a dry run": async () => {
      await aParked();
      return redrive({ filter: { source: "vision" }, dry_run: true });
    },
    "200 a dry run against an open breaker": () =>
      aFailingProvider(async () => {
        const { jobId } = await aParked();
        await env.DB.prepare("UPDATE dead_letters SET provider = 'workers-ai' WHERE job_id = ?")
          .bind(jobId)
          .run();
        return redrive({ filter: { job_ids: [jobId] }, dry_run: true });
      }),
    "202": () => redrive(nothing),
    "202 a re-answer": () =>
      redrive({ ...nothing, action: "re-answer", from_stage: "answer", rate_per_second: 20 }),
  },
  listRedrives: { "200": listed("listRedrives") },
  getRedrive: {
    "200": async () => operated("getRedrive", { path: { id: await idIn(redrive(nothing)) } }),
  },
  abortRedrive: {
    "200": async () => operated("abortRedrive", { path: { id: await idIn(redrive(nothing)) } }),
  },
  listStages: { "200": () => aPause(listed("listStages")) },
  pauseStage: {
    "200": async () => {
      const until = new Date(Date.now() + 60_000).toISOString();
      const body = JSON.stringify({ reason: "점검", by: "kim", until });
      return aPause(() => operated("pauseStage", { path: { stage: "reward" }, body }));
    },
  },
  resumeStage: {
    "200": () => operated("resumeStage", { path: { stage: "reward" } }),
    "200 without a body": () => operated("resumeStage", { path: { stage: "reward" }, body: "" }),
  },
  listBreakers: { "200": () => aFailingProvider(listed("listBreakers")) },
  resetBreaker: { "200": () => operated("resetBreaker") },
  listAlerts: { "200": alerted },
  listAlertHistory: {
    "200": async () => {
      await alerted();
      return operated("listAlertHistory", { query: "?limit=1&rule=backlog" });
    },
  },
  getCosts: { "200": listed("getCosts", "?days=7") },
  getCorrections: { "200": listed("getCorrections", "?days=7") },
  exportAudit: {
    "200": async () => {
      await aRevocation().made;
      return operated("exportAudit", { query: "?action=revocation" });
    },
    "200 as CSV": listed("exportAudit", "?format=csv"),
  },
  listDeliveries: {
    "200": async () => {
      await delivered("gone");
      return operated("listDeliveries", { query: "?limit=1" });
    },
  },
  getDelivery: {
    "200": () => ofWebhook("getDelivery", "ok"),
    "200 not delivered": () => ofWebhook("getDelivery", "500"),
  },
  redeliverWebhook: {
    "202": () => ofWebhook("redeliverWebhook", "gone"),
    "409 DELIVERY_PENDING": () => ofWebhook("redeliverWebhook", "500"),
  },
  getCatalog: { "200": listed("getCatalog") },
  replaceCatalog: {
    "200": catalogReplaced,
    "422 VALIDATION_ERROR of the whole": () =>
      operated("replaceCatalog", { body: JSON.stringify({ characters: [] }) }),
  },
  putCharacter: { "200": characterChanged },
  deleteCharacter: {
    "200": characterGone,
    "422 VALIDATION_ERROR of the default one": () =>
      operated("deleteCharacter", { path: { code: "char-eco" } }),
  },
  revoke: { "201": () => aRevocation().made },
  listRevocations: {
    "200": async () => {
      await aRevocation().made;
      return operated("listRevocations", { query: "?limit=1" });
    },
  },
  unrevoke: {
    "204": async () => {
      const { value, made } = aRevocation();
      await made;
      return operated("unrevoke", { path: { kind: "jti", value }, headers: asOperator });
    },
  },
  listRegulationVersions: { "200": anotherVersion },
};

/**
 * `npm run scan`: submits one scan and follows it in the terminal. A scan that asks gets its answer there.
 * Exit code: 0 completed, 1 failed or cancelled, 2 wrong usage, 3 parked, 4 server not reached or refused.
 */
import { readFile } from "node:fs/promises";
import {
  type Accepted,
  ApiError,
  type Choice,
  createClient,
  type EventFrame,
  isKnown,
  outputOf,
  type ResultBody,
} from "../client/src/eco2-edge-client.ts";
import { Category } from "../src/pipeline/taxonomy.ts";
import { certaintyWords, percentOf } from "../web/words/certainty-words.ts";
import { assertFile, commandOptions, endWith, refuseUsage } from "./command-options.ts";
import { question } from "./question.ts";
import { devKeyHeader } from "./start/dev-key.ts";

const usage = `Usage: npm run scan -- ["what you want to discard"] [options]

  --image FILE      a photo of it (JPEG, PNG, WebP, GIF or HEIC, at most 10 MB)
  --url BASE        the server (default http://localhost:8787)
  --user ID         the user, for a local server (default terminal)
  --persist-to DIR  the local server's state, which has its key (default .wrangler/state)
  --model NAME      the model to ask (default: the server's)
  --confirm ID      what the scan with this id was, as a category or in words: --confirm ID 유리병
  --region NAME     where you live, such as "서울특별시 강남구" (default: the national rules)
  --json            print the result as JSON, and progress to stderr only

  ECO2_TOKEN in the environment is sent as a bearer token, for a server in production.`;

const exitCodes = { completed: 0, failed: 1, cancelled: 1, parked: 3 } as const;
const unreachable = 4;

const stageTexts: Partial<Record<EventFrame["stage"], string>> = {
  queued: "접수",
  vision: "확인",
  rule: "분석",
  answer: "배출방법",
  reward: "보상",
  done: "완료",
};

const statusTexts: Record<EventFrame["status"], string> = {
  started: "…",
  completed: "✓",
  retrying: "잠시 뒤 다시 시도해요",
  failed: "실패했어요",
  parked: "잠시 멈췄어요. 지금까지 한 분석은 남아 있어요",
  resumed: "다시 시작했어요",
  cancelled: "취소했어요",
  confirmed: "확인했어요",
};

const { values: options, positionals } = commandOptions(usage, {
  allowPositionals: true,
  options: {
    image: { type: "string" },
    url: { type: "string", default: "http://localhost:8787" },
    user: { type: "string", default: "terminal" },
    "persist-to": { type: "string", default: ".wrangler/state" },
    model: { type: "string" },
    confirm: { type: "string" },
    region: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const words = positionals.join(" ").trim();
if (!words && (options.confirm !== undefined || !options.image)) {
  refuseUsage(usage, "What is to be discarded, in words or as --image FILE?");
}
if (!URL.canParse(options.url)) refuseUsage(usage, `--url ${options.url} is not a URL.`);
assertFile(usage, "image", options.image);

/** A server in production wants a token; a local one believes any user id beside its key. */
const { ECO2_TOKEN } = process.env;
const client = createClient({
  baseUrl: options.url,
  ...(ECO2_TOKEN
    ? { token: ECO2_TOKEN }
    : {
        userId: options.user,
        headers: await devKeyHeader(options.url, options["persist-to"]),
      }),
});

async function submit(): Promise<Accepted> {
  const { model, region, image } = options;
  const photo = image && (await readFile(image));
  const input = { userInput: words, model, region, image: photo ? new Blob([photo]) : undefined };
  return client.submit(input, { attempts: 1 });
}

const choiceOf = (text: string): Choice =>
  Category.safeParse(text).success ? { middleCategory: text } : { words: text };

/** What a run came to, and its last event; the result is null when the scan is parked. */
interface End {
  result: ResultBody | null;
  seq: number;
}

/** Follows the scan from a cursor until it ends or is parked. */
async function follow(scan: Accepted, after = -1): Promise<End> {
  if (after < 0) console.error(`      npm run logs -- ${scan.jobId}`);
  let disconnected = false;
  for await (const event of client.events(scan, { transport: "sse", after })) {
    if (event.type === "disconnected" && !disconnected)
      console.error("      연결이 끊겨서 다시 연결하고 있어요…");
    if (event.type === "disconnected") disconnected = true;
    if (event.type === "connected") disconnected = false;
    if (event.type !== "frame" || event.frame.status === "delta") continue;
    showProgress(event.frame);
    const { seq, status } = event.frame;
    const result = outputOf(event.frame, "done");
    if (result || status === "parked") return { result, seq };
  }
  return endWith(unreachable, "The server has no such scan any more.");
}

type Classified = NonNullable<ResultBody["pipeline_result"]>["classification_result"];

const isOpen = ({ asks, confirmed_by }: Classified) => asks !== null && confirmed_by === null;

/** Lets the user answer what the scan asks, in a terminal, and follows it to its new end. */
async function answered({ result, seq }: End): Promise<End> {
  const classified = result?.pipeline_result?.classification_result;
  if (!process.stdin.isTTY || options.json || !classified || !isOpen(classified)) {
    return { result, seq };
  }
  const names = classified.candidates.map((it) => it.classification.middle_category);
  const lines = classified.candidates.map(
    ({ probability }, at) => `  ${at + 1}  ${names[at]} ${percentOf(probability)}`,
  );
  console.error(["", "무엇인가요?", ...lines].join("\n"));
  for (;;) {
    const text = await question("번호를 고르거나 글로 적어 주세요 (그대로 두려면 Enter): ");
    if (!text) return { result, seq };
    try {
      const scan = await client.confirm(result.task_id, choiceOf(names[Number(text) - 1] ?? text));
      return await follow(scan, seq);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "NOT_RECOGNISED") throw error;
      console.error(error.detail);
    }
  }
}

/** Prints why the server refused the request or was not reached. */
function exitWithError(error: unknown): never {
  if (!(error instanceof ApiError)) throw error;
  const { status, code, detail, errors } = error;
  if (status === 0) {
    endWith(unreachable, `No server answers at ${options.url}. Start one with: npm start`);
  }
  const problem = `Refused with ${status}: ${detail}${code ? ` [${code}]` : ""}`;
  const issues = errors.map(({ path, message }) => `  ${path}: ${message}`);
  return endWith(unreachable, [problem, ...issues].join("\n"));
}

function showProgress(frame: EventFrame) {
  // A newer server may have stages without a text here.
  if (!isKnown(frame)) return;
  const { stage, status, progress, attempt, error } = frame;
  const attempts = attempt && attempt > 1 ? ` (${attempt}번째)` : "";
  const reason = error ? ` [${error.code}] ${error.message}` : "";
  console.error(
    `${String(progress).padStart(3)}%  ${stageTexts[stage] ?? stage} ${statusTexts[status]}${attempts}${reason}`,
  );
}

function describe(body: ResultBody): string {
  const { task_id, status, error, pipeline_result, reward, reward_pending, metadata } = body;
  if (!pipeline_result) return `${status}: [${error?.code ?? status}] ${error?.message ?? ""}`;
  const { classification_result: classified } = pipeline_result;
  const { classification, candidates } = classified;
  const { disposal_steps, insufficiencies, user_answer } = pipeline_result.final_answer;
  const { major_category, middle_category, minor_category } = classification;
  const category = [...new Set([major_category, middle_category])].join(" > ");
  const minor = minor_category === middle_category ? null : minor_category;
  const certainty = certaintyWords(classified);
  const shown = candidates.map(
    (it) => `${it.classification.middle_category} ${percentOf(it.probability)}`,
  );
  return [
    "",
    `분류    ${category}${minor ? ` (${minor})` : ""}${certainty ? `, ${certainty}` : ""}`,
    ...(shown.length > 0 ? [`후보    ${shown.join(", ")}`] : []),
    ...Object.entries(disposal_steps).map(([name, step]) => `${name}   ${step}`),
    ...insufficiencies.map((it) => `아직    ${it}`),
    `이코    ${user_answer}`,
    ...(metadata.region?.note ? [`지역    ${metadata.region.note}`] : []),
    ...metadata.fallbacks.map(
      (it) => `모델    ${it.instead_of} 대신 ${it.model} (${it.reason.code})`,
    ),
    reward
      ? `캐릭터  ${reward.name} (${reward.match_reason}${reward.already_owned ? ", 이미 만난 친구" : ""}) “${reward.dialog}”`
      : `캐릭터  ${reward_pending ? "조금 늦고 있어요. 곧 내 캐릭터에 담아 드릴게요" : "없음"}`,
    ...(isOpen(classified)
      ? ["", `맞는 것을 알려 주세요: npm run scan -- --confirm ${task_id} ${middle_category}`]
      : []),
  ].join("\n");
}

async function run(): Promise<ResultBody | null> {
  const { confirm } = options;
  const scan = confirm === undefined ? submit() : client.confirm(confirm, choiceOf(words));
  const { result } = await answered(await follow(await scan));
  return result;
}

const outcome = await run().catch(exitWithError);
if (!outcome) process.exit(exitCodes.parked);
console.log(options.json ? JSON.stringify(outcome, null, 2) : describe(outcome));
process.exit(exitCodes[outcome.status]);

/**
 * `npm run scan`: submits one scan and follows it in the terminal.
 * Exit code: 0 completed, 1 failed or cancelled, 2 wrong usage, 3 parked, 4 server not reached or refused.
 */
import { readFile } from "node:fs/promises";
import {
  type Accepted,
  ApiError,
  createClient,
  type EventFrame,
  isKnown,
  outputOf,
  type ResultBody,
} from "../client/src/eco2-edge-client.ts";
import { commandOptions, endWith, wrongUsage } from "./command-options.ts";

const usage = `Usage: npm run scan -- ["what you want to discard"] [options]

  --image FILE   a photo of it (JPEG, PNG, WebP, GIF or HEIC, at most 10 MB)
  --url BASE     the server (default http://localhost:8787)
  --user ID      the user, for a local server (default terminal)
  --model NAME   the model to ask (default: the server's)
  --region NAME  where you live, such as "서울특별시 강남구" (default: the national rules)
  --json         print the result as JSON, and progress to stderr only

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
    model: { type: "string" },
    region: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const words = positionals.join(" ").trim();
if (!words && !options.image) endWith(wrongUsage, usage);
if (!URL.canParse(options.url)) endWith(wrongUsage, `--url ${options.url} is not a URL`);

/** A server in production wants a token; a local one accepts any user id. */
const { ECO2_TOKEN } = process.env;
const client = createClient({
  baseUrl: options.url,
  ...(ECO2_TOKEN ? { token: ECO2_TOKEN } : { userId: options.user }),
});

async function submit(): Promise<Accepted> {
  const { model, region, image } = options;
  const photo =
    image && (await readFile(image).catch((error) => endWith(wrongUsage, String(error))));
  const input = { userInput: words, model, region, image: photo ? new Blob([photo]) : undefined };
  return client.submit(input, { attempts: 1 });
}

/** Follows the scan until it ends or is parked. */
async function follow(scan: Accepted): Promise<ResultBody | "parked"> {
  let disconnected = false;
  for await (const event of client.events(scan, { transport: "sse" })) {
    if (event.type === "disconnected" && !disconnected)
      console.error("      연결이 끊겨서 다시 연결하고 있어요…");
    if (event.type === "disconnected") disconnected = true;
    if (event.type === "connected") disconnected = false;
    if (event.type !== "frame" || event.frame.status === "delta") continue;
    showProgress(event.frame);
    const result = outputOf(event.frame, "done");
    if (result) return result;
    if (event.frame.status === "parked") return "parked";
  }
  return endWith(unreachable, "The server has no such scan any more.");
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

function describe({ status, error, pipeline_result, reward, metadata }: ResultBody): string {
  if (!pipeline_result) return `${status}: [${error?.code ?? status}] ${error?.message ?? ""}`;
  const { classification } = pipeline_result.classification_result;
  const { disposal_steps, insufficiencies, user_answer } = pipeline_result.final_answer;
  const { major_category, middle_category, minor_category } = classification;
  const category = [...new Set([major_category, middle_category])].join(" > ");
  return [
    "",
    `분류    ${category}${minor_category ? ` (${minor_category})` : ""}`,
    ...Object.entries(disposal_steps).map(([name, step]) => `${name}   ${step}`),
    ...insufficiencies.map((it) => `아직    ${it}`),
    `이코    ${user_answer}`,
    ...(metadata.region?.note ? [`지역    ${metadata.region.note}`] : []),
    ...metadata.fallbacks.map(
      (it) => `모델    ${it.instead_of} 대신 ${it.model} (${it.reason.code})`,
    ),
    reward
      ? `캐릭터  ${reward.name} (${reward.match_reason}${reward.already_owned ? ", 이미 만난 친구" : ""}) “${reward.dialog}”`
      : "캐릭터  없음",
  ].join("\n");
}

const outcome = await submit().then(follow).catch(exitWithError);
if (outcome === "parked") process.exit(exitCodes.parked);
console.log(options.json ? JSON.stringify(outcome, null, 2) : describe(outcome));
process.exit(exitCodes[outcome.status]);

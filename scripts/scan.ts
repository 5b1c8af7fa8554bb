/**
 * `npm run scan`: submits one scan and follows it to its end in the terminal.
 * Exit code: 0 completed, 1 failed or cancelled, 2 wrong usage, 3 parked, 4 server not reached or refused.
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { EventSource } from "eventsource";
import { z } from "zod";
import { type EventFrame, Frame, stagesTold } from "../src/pipeline/frames.ts";
import { ResultBody } from "../src/pipeline/result.ts";

const usage = `Usage: npm run scan -- ["what you want to discard"] [options]

  --image FILE   a photo of it (JPEG, PNG, WebP, GIF or HEIC, at most 10 MB)
  --url BASE     the server (default http://localhost:8787)
  --user ID      who is asking (default terminal)
  --model NAME   the model to ask (default: the server's)
  --region NAME  where you live, such as "서울특별시 강남구" (default: the national rules)
  --json         print the result as JSON, and progress to stderr only

  ECO2_TOKEN in the environment is sent as a bearer token, for a server that does not take your word.`;

const exitCodes = { completed: 0, failed: 1, cancelled: 1, parked: 3 } as const;
const badUsage = 2;
const unreachable = 4;

const labels: Record<EventFrame["stage"], string> = {
  queued: "접수",
  vision: "확인",
  rule: "분석",
  answer: "배출방법",
  reward: "보상",
  done: "완료",
};

const states: Record<EventFrame["status"], string> = {
  started: "…",
  completed: "✓",
  retrying: "잠시 뒤 다시 시도해요",
  failed: "실패했어요",
  parked: "잠시 멈췄어요. 지금까지 한 분석은 남아 있어요",
  resumed: "다시 시작했어요",
  cancelled: "취소했어요",
};

function quit(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        image: { type: "string" },
        url: { type: "string", default: "http://localhost:8787" },
        user: { type: "string", default: "terminal" },
        model: { type: "string" },
        region: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return quit(badUsage, `${String(error)}\n\n${usage}`);
  }
}

const { values: options, positionals } = readArguments();
const words = positionals.join(" ").trim();
if (options.help) {
  console.log(usage);
  process.exit(0);
}
if (!words && !options.image) quit(badUsage, usage);
if (!URL.canParse(options.url)) quit(badUsage, `--url ${options.url} is not a URL`);

/** Who is asking: a server in production takes a token, a local one takes the user's word. */
const { ECO2_TOKEN } = process.env;
const identity: Record<string, string> = ECO2_TOKEN
  ? { authorization: `Bearer ${ECO2_TOKEN}` }
  : { "x-user-id": options.user };

async function submit(): Promise<string> {
  const form = new FormData();
  if (words) form.set("user_input", words);
  if (options.model) form.set("model", options.model);
  if (options.region) form.set("region", options.region);
  if (options.image) {
    const photo = await readFile(options.image).catch((error) => quit(badUsage, String(error)));
    form.set("image", new Blob([photo]), basename(options.image));
  }
  const response = await fetch(new URL("/api/v1/scan", options.url), {
    method: "POST",
    headers: identity,
    body: form,
  }).catch(() =>
    quit(unreachable, `No server answers at ${options.url}. Start one with: npm start`),
  );
  const body: unknown = await response.json();
  if (!response.ok) quit(unreachable, `Refused with ${response.status}: ${JSON.stringify(body)}`);
  return z.object({ stream_url: z.string() }).parse(body).stream_url;
}

/** Follows the stream, reconnecting by itself, until the scan ends or parks. */
function follow(
  streamUrl: string,
  onFrame: (frame: EventFrame) => void,
): Promise<ResultBody | "parked"> {
  const { promise, resolve, reject } = Promise.withResolvers<ResultBody | "parked">();
  const source = new EventSource(new URL(streamUrl, options.url), {
    // The address opens its stream for ten minutes; who follows for longer shows who it is.
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...identity } }),
  });
  for (const stage of stagesTold) {
    source.addEventListener(stage, ({ data }: MessageEvent<string>) => {
      const frame = Frame.parse(JSON.parse(data));
      if (frame.status === "delta") return;
      onFrame(frame);
      if (frame.stage === "done") resolve(ResultBody.parse(frame.result));
      else if (frame.status === "parked") resolve("parked");
    });
  }
  source.addEventListener("error", ({ code }) => {
    if (code !== undefined && code < 500) reject(new Error(`The stream answered ${code}`));
  });
  return promise.finally(() => source.close());
}

function showProgress({ stage, status, progress, attempt, error }: EventFrame) {
  const tried = attempt && attempt > 1 ? ` (${attempt}번째)` : "";
  const why = error ? ` [${error.code}] ${error.message}` : "";
  console.error(
    `${String(progress).padStart(3)}%  ${labels[stage]} ${states[status]}${tried}${why}`,
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
    ...metadata.stand_ins.map(
      (it) => `모델    ${it.instead_of} 대신 ${it.model} (${it.reason.code})`,
    ),
    reward
      ? `캐릭터  ${reward.name} (${reward.match_reason}${reward.already_owned ? ", 이미 만난 친구" : ""}) “${reward.dialog}”`
      : "캐릭터  없음",
  ].join("\n");
}

const outcome = await follow(await submit(), showProgress).catch((error) =>
  quit(unreachable, String(error)),
);
if (outcome === "parked") process.exit(exitCodes.parked);
console.log(options.json ? JSON.stringify(outcome, null, 2) : describe(outcome));
process.exit(exitCodes[outcome.status]);

/**
 * `npm run deploy`: brings this checkout to production in an order that never breaks the version that
 * runs. It refuses before it changes anything, shows what it would do first, and may be run again
 * wherever it stopped.
 */
import { parseArgs } from "node:util";
import { commit } from "./deploy/commit.ts";
import { publishRegulations, regulationsOf } from "./deploy/regulations.ts";
import { runningVersion, workersDevUrl } from "./deploy/running.ts";
import { withSecretsFile } from "./deploy/secrets-file.ts";
import { smoke } from "./deploy/smoke.ts";
import { carryOut, type Step } from "./deploy/steps.ts";
import { byHand, wrangler } from "./deploy/wrangler.ts";
import { buildPages } from "./pages.ts";
import { accessOf, type Api, cloudflareApi } from "./provision/api.ts";
import { confirmed } from "./provision/confirm.ts";
import { exitCodes, exitWith, Failure } from "./provision/failure.ts";
import { writeGenerated } from "./provision/generated.ts";
import { missingOf, othersOf, type Plan, survey } from "./provision/plan.ts";
import { settingsFile } from "./provision/settings.ts";
import { planText } from "./provision/tell.ts";
import { pointerKey } from "../src/regulations/keys.ts";

const usage = `Usage: npm run deploy -- [options]

  --yes             deploy without asking
  --dry-run         say what would be done and build it, and change nothing
  --settings FILE   the deployment's settings and secrets (default ${settingsFile})
  --url URL         where the Worker answers (default its workers.dev address)

  CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID in the environment say which account; ECO2_TOKEN, a
  user's token, lets the check at the end try a scan.

Exit code: 0 deployed and answering, 1 a step failed, 2 wrong usage, 3 not confirmed, 4 the token or the
account is missing or refused, 5 refused: resources, secrets or settings are missing or not allowed,
6 deployed, and does not answer as it should.`;

function readArguments() {
  try {
    return parseArgs({
      options: {
        yes: { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
        settings: { type: "string", default: settingsFile },
        url: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${String(error)}\n\n${usage}`);
    return process.exit(exitCodes.usage);
  }
}

const options = readArguments();
const goOn = ["npm run deploy --", ...process.argv.slice(2)].join(" ");

/** Throws for what no deploy may do: nothing has been changed then. */
function refuse(plan: Plan) {
  const absent = [...missingOf(plan), ...othersOf(plan)].map(({ name }) => name);
  const reasons = [
    ...(absent.length > 0
      ? [`There is no ${absent.join(", ")} yet. Make it: npm run provision`]
      : []),
    ...plan.troubles,
  ];
  if (reasons.length > 0) {
    throw new Failure("refused", ["Refused; nothing was changed.", ...reasons].join("\n"));
  }
}

/** What has to be there before what needs it: tables, then rules, then the code that reads both. */
async function stepsOf(api: Api, plan: Plan, message: string): Promise<Step[]> {
  const { name } = plan.configuration;
  const [before, known] = await Promise.all([
    runningVersion(api, name),
    workersDevUrl(api, plan.configuration),
  ]);
  const url = options.url ?? known;
  const store = regulationsOf(api, plan);
  const regulations = await store.text(pointerKey);
  const upload = ["deploy", "--message", message];
  const deploy: Step = {
    name: "Deploy the Worker",
    run: () => withSecretsFile(plan.settings.secrets, (flags) => wrangler(...upload, ...flags)),
    ...(before === null ? {} : { back: byHand("rollback", before) }),
  };
  return [
    {
      name: "Migrate the database",
      run: () => wrangler("d1", "migrations", "apply", "DB", "--remote"),
    },
    {
      name: "Publish the regulations",
      run: () => publishRegulations(store),
      ...(regulations === null
        ? {}
        : { back: `npm run regulations:rollback -- ${regulations} --remote` }),
    },
    deploy,
    {
      name: "Check that it answers",
      async run() {
        if (url) return smoke(url);
        console.log("Not checked: it has no workers.dev address; say where it answers with --url.");
      },
    },
  ];
}

async function deploy(): Promise<number> {
  if (options.help) {
    console.log(usage);
    return exitCodes.done;
  }
  const api = cloudflareApi(accessOf(process.env));
  const plan = await survey(api, options.settings, process.env);
  console.log(planText(plan, api.accountId));
  refuse(plan);
  const at = await commit();
  if (!at?.isClean) console.warn("Files differ from the last commit: this deploy has no name.");
  await writeGenerated(plan);
  await buildPages();
  await wrangler("deploy", "--dry-run", "--outdir", "dist/deploy/worker");
  const steps = await stepsOf(api, plan, at?.isClean ? at.id : "not committed");
  console.log(`\nTo be done: ${steps.map(({ name }) => name).join(", ")}.`);
  if (options["dry-run"]) {
    console.log("A dry run: nothing was changed.");
    return exitCodes.done;
  }
  if (!(await confirmed("Deploy?", options.yes))) {
    console.log("Nothing was changed. Say --yes to deploy.");
    return exitCodes.unconfirmed;
  }
  return carryOut(steps, goOn);
}

await exitWith(deploy);

/**
 * `npm run deploy`: brings this checkout to production, or to a preview beside it, in an order that never breaks
 * the version that runs. It refuses before it changes anything, shows what it would do first, and may be run again
 * wherever it stopped.
 */
import { dirname, resolve } from "node:path";
import { pointerKey } from "../src/regulations/regulation-keys.ts";
import { commit } from "./deploy/commit.ts";
import { runSteps, type Step } from "./deploy/deploy-steps.ts";
import {
  publishRegulations,
  regulationsOf,
  requireStore,
} from "./deploy/production-regulations.ts";
import { manualCommand, runWrangler } from "./deploy/run-wrangler.ts";
import { withSecretsFile } from "./deploy/secrets-file.ts";
import { smoke } from "./deploy/smoke.ts";
import { buildPages } from "./pages.ts";
import { credentialsFrom, type Api, cloudflareApi } from "./provision/cloudflare-api.ts";
import { commandOptions, refuseUsage } from "./command-options.ts";
import { confirmed } from "./provision/confirm.ts";
import { missingQueues, type Plan, readPlan } from "./provision/deploy-plan.ts";
import { settingsFiles } from "./provision/deploy-settings.ts";
import { runningVersion, workersDevUrl } from "./provision/deployed-worker.ts";
import { exitCodes, exitWith, CommandError } from "./provision/exit-codes.ts";
import { writeGenerated } from "./provision/generated-configuration.ts";
import { planText } from "./provision/plan-text.ts";
import { secretValues } from "./provision/secret-states.ts";

const usage = `Usage: npm run deploy -- [options]

  --yes             deploy without asking
  --dry-run         say what would be done and build it, and change nothing
  --preview NAME    to a copy of the deployment beside production, such as pr-42
  --settings FILE   the deployment's settings and secrets (default ${settingsFiles.production}, of a preview
                    ${settingsFiles.preview})
  --url URL         where the Worker answers (default its workers.dev address)

  CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID in the environment say which account; ECO2_TOKEN, a
  user's token, lets the check at the end try a scan.

Exit code: 0 deployed and answering, 1 a step failed, 2 wrong usage, 3 not confirmed, 4 the token or the
account is missing or refused, 5 refused: queues, secrets or settings are missing or not allowed,
6 deployed, and does not answer as it should.`;

const { values: options } = commandOptions(usage, {
  options: {
    yes: { type: "boolean", default: false },
    "dry-run": { type: "boolean", default: false },
    preview: { type: "string" },
    settings: { type: "string" },
    url: { type: "string" },
  },
});
const { url } = options;
if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url))) {
  refuseUsage(usage, `--url ${url} is not a URL.`);
}
const retryCommand = ["npm run deploy --", ...process.argv.slice(2)].join(" ");

/** @throws CommandError with what no deploy may do: nothing has been changed then. */
function assertDeployable(plan: Plan) {
  const missing = missingQueues(plan).map(({ name }) => name);
  const provision = `npm run provision${options.preview === undefined ? "" : ` -- --preview ${options.preview}`}`;
  const reasons = [
    ...(missing.length > 0
      ? [`There is no queue ${missing.join(", ")} yet. Create it: ${provision}`]
      : []),
    ...plan.errors,
  ];
  if (reasons.length > 0) {
    throw new CommandError("refused", ["Refused; nothing was changed.", ...reasons].join("\n"));
  }
}

/**
 * Tables, then regulations, then the code that reads both. The first deploy creates the stores of both, and
 * comes first: nobody uses the Worker yet.
 */
async function stepsOf(
  api: Api,
  { configuration, file, settings, deployed }: Plan,
  message: string,
): Promise<Step[]> {
  const [version, workersDev, store] = await Promise.all([
    runningVersion(api, configuration.name),
    workersDevUrl(api, configuration),
    regulationsOf(api, configuration),
  ]);
  const url = options.url ?? workersDev;
  const regulations = (await store?.text(pointerKey)) ?? null;
  const deploy: Step = {
    name: "Deploy the Worker",
    run: () =>
      withSecretsFile(secretValues(settings), (flags) =>
        runWrangler(file, "deploy", "--message", message, ...flags),
      ),
    ...(version === null ? {} : { undo: manualCommand(file, "rollback", version) }),
  };
  const migrate: Step = {
    name: "Migrate the database",
    run: () => runWrangler(file, "d1", "migrations", "apply", "DB", "--remote"),
  };
  const publish: Step = {
    name: "Publish the regulations",
    run: async () => publishRegulations(requireStore(await regulationsOf(api, configuration))),
    // A rollback is of production's alone; a preview has those of its branch.
    ...(regulations === null || options.preview !== undefined
      ? {}
      : { undo: `npm run regulations:rollback -- ${regulations} --remote` }),
  };
  const check: Step = {
    name: "Check that it answers",
    async run() {
      if (url) return smoke(url);
      console.log("Not checked: it has no workers.dev address; pass its address with --url.");
    },
  };
  return deployed ? [migrate, publish, deploy, check] : [deploy, migrate, publish, check];
}

async function deploy(): Promise<number> {
  const api = cloudflareApi(credentialsFrom(process.env));
  const plan = await readPlan(api, options, process.env);
  console.log(planText(plan, api.accountId));
  assertDeployable(plan);
  const at = await commit();
  if (!at?.isClean) {
    console.warn('Files differ from the last commit: the version is named "not committed".');
  }
  await writeGenerated(plan);
  await buildPages();
  // Whole, since wrangler takes it from the configuration's folder.
  const outdir = resolve(dirname(plan.file), "worker");
  await runWrangler(plan.file, "deploy", "--dry-run", "--outdir", outdir);
  const steps = await stepsOf(api, plan, at?.isClean ? at.id : "not committed");
  console.log(`\nTo be done: ${steps.map(({ name }) => name).join(", ")}.`);
  if (options["dry-run"]) {
    console.log("A dry run: nothing was changed.");
    return exitCodes.done;
  }
  if (!(await confirmed("Deploy?", options.yes))) {
    console.log("Nothing was changed. Pass --yes to deploy.");
    return exitCodes.unconfirmed;
  }
  return runSteps(steps, retryCommand);
}

await exitWith(deploy);

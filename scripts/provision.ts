/**
 * `npm run provision`: creates the queues that a deploy needs in a Cloudflare account, none twice, and
 * says which secrets and settings are missing. It prints a plan first, also without an account, and never
 * deletes anything.
 */
import { credentialsFrom, cloudflareApi } from "./provision/cloudflare-api.ts";
import { commandOptions } from "./command-options.ts";
import { confirmed } from "./provision/confirm.ts";
import { missingQueues, readPlan } from "./provision/deploy-plan.ts";
import { settingsFiles } from "./provision/deploy-settings.ts";
import { exitCodes, exitWith, CommandError } from "./provision/exit-codes.ts";
import { writeGenerated } from "./provision/generated-configuration.ts";
import { planJson, planText } from "./provision/plan-text.ts";
import { createQueue } from "./provision/queue-provisioning.ts";

const usage = `Usage: npm run provision -- [options]

  --yes             create what is missing without asking
  --json            print the plan, and what it came to, as JSON
  --preview NAME    for a copy of the deployment beside production, such as pr-42
  --settings FILE   the deployment's settings and secrets (default ${settingsFiles.production}, of a preview
                    ${settingsFiles.preview})

  CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID in the environment say which account. Without them the plan
  for an empty account is printed. DEPLOY_PROFILE=small, there or in the file, is one queue a stage, as a
  preview has it without the setting.

Exit code: 0 everything is there, 1 Cloudflare failed, 2 wrong usage, 3 queues are to be created and nobody
confirmed it, 4 the token or the account is missing or refused, 5 everything is there but secrets or
settings that a deploy needs.`;

const { values: options } = commandOptions(usage, {
  options: {
    yes: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    preview: { type: "string" },
    settings: { type: "string" },
  },
});

const print = (text: string) => (options.json ? console.error(text) : console.log(text));

/** What an empty account needs, for whoever has no token yet. */
async function printPlan(): Promise<void> {
  const plan = await readPlan(null, options, process.env);
  print(planText(plan, null));
  if (options.json) console.log(JSON.stringify(planJson(plan, null)));
}

/** The account. Without a token the plan is printed all the same, before what is missing. */
async function accountApi() {
  try {
    return cloudflareApi(credentialsFrom(process.env));
  } catch (error) {
    await printPlan();
    throw error;
  }
}

async function provision(): Promise<number> {
  const api = await accountApi();
  const read = () => readPlan(api, options, process.env);
  let plan = await read();
  print(planText(plan, api.accountId));
  const report = () => options.json && console.log(JSON.stringify(planJson(plan, api.accountId)));
  const missing = missingQueues(plan);
  if (missing.length === 0) {
    print("There is nothing to do.");
  } else {
    if (!(await confirmed("Create the missing queues?", options.yes))) {
      print("Nothing was created. Pass --yes to create them.");
      report();
      return exitCodes.unconfirmed;
    }
    // One after the other: a run that is killed leaves whole queues, which the next one finds.
    for (const { name } of missing) {
      await createQueue(api, name);
      print(`Created queue ${name}.`);
    }
    plan = await read();
    const left = missingQueues(plan).map(({ name }) => name);
    if (left.length > 0) {
      throw new CommandError(
        "failed",
        `Cloudflare does not list the created queues ${left.join(", ")}. Run this again.`,
      );
    }
    print("Everything is there.");
  }
  await writeGenerated(plan);
  report();
  return plan.errors.length > 0 ? exitCodes.refused : exitCodes.done;
}

await exitWith(provision);

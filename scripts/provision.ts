/**
 * `npm run provision`: makes what a deploy needs in a Cloudflare account, and nothing twice. It prints
 * a plan first, and never deletes anything.
 */
import { parseArgs } from "node:util";
import { accessOf, type Api, cloudflareApi } from "./provision/api.ts";
import { confirmed } from "./provision/confirm.ts";
import { exitCodes, exitWith, Failure } from "./provision/failure.ts";
import { writeGenerated } from "./provision/generated.ts";
import { missingOf, othersOf, type Plan, survey } from "./provision/plan.ts";
import { create, kinds } from "./provision/resources.ts";
import { settingsFile } from "./provision/settings.ts";
import { planJson, planText } from "./provision/tell.ts";

const usage = `Usage: npm run provision -- [options]

  --yes             make what is missing without asking
  --json            print the plan, and what it came to, as JSON
  --settings FILE   the deployment's settings and secrets (default ${settingsFile})

  CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID in the environment say which account.

Exit code: 0 everything is there, 1 Cloudflare failed, 2 wrong usage, 3 something is to be made and was
not confirmed, 4 the token or the account is missing or refused, 5 everything is there but secrets or
settings that a deploy needs.`;

function readArguments() {
  try {
    return parseArgs({
      options: {
        yes: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        settings: { type: "string", default: settingsFile },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${String(error)}\n\n${usage}`);
    return process.exit(exitCodes.usage);
  }
}

const options = readArguments();

/** One after the other: whoever dies on the way leaves whole things, and finds them when run again. */
async function make(api: Api, plan: Plan): Promise<void> {
  for (const item of missingOf(plan)) {
    await create(api, item);
    say(`Made ${kinds[item.kind].label} ${item.name}.`);
  }
}

const say = (text: string) => (options.json ? console.error(text) : console.log(text));

async function provision(): Promise<number> {
  if (options.help) {
    console.log(usage);
    return exitCodes.done;
  }
  const api = cloudflareApi(accessOf(process.env));
  const look = () => survey(api, options.settings, process.env);
  let plan = await look();
  say(planText(plan, api.accountId));
  const report = () => options.json && console.log(JSON.stringify(planJson(plan, api.accountId)));
  if (othersOf(plan).length > 0) {
    report();
    return exitCodes.refused;
  }
  if (missingOf(plan).length === 0) {
    say("There is nothing to do.");
  } else {
    if (!(await confirmed("Make what is missing?", options.yes))) {
      say("Nothing was made. Say --yes to make it.");
      report();
      return exitCodes.unconfirmed;
    }
    await make(api, plan);
    plan = await look();
    const left = missingOf(plan).map(({ name }) => name);
    if (left.length > 0) {
      const told = `Cloudflare does not list what it was told to make: ${left.join(", ")}. Run this again.`;
      throw new Failure("failed", told);
    }
    say("Everything is there.");
  }
  await writeGenerated(plan);
  report();
  return plan.troubles.length > 0 ? exitCodes.refused : exitCodes.done;
}

await exitWith(provision);

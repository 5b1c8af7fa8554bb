/**
 * `npm run remove-preview`: deletes a preview that `npm run deploy -- --preview` has made, and nothing else. It may be
 * run again wherever it stopped, on any machine with a checkout of the branch.
 */
import { commandOptions, refuseUsage } from "./command-options.ts";
import { credentialsFrom, cloudflareApi } from "./provision/cloudflare-api.ts";
import { confirmed } from "./provision/confirm.ts";
import { readConfiguration } from "./provision/deploy-configuration.ts";
import { exitCodes, exitWith, CommandError } from "./provision/exit-codes.ts";
import { previewConfiguration } from "./provision/preview-configuration.ts";
import { parsePreviewName } from "./provision/preview-name.ts";
import { previewResources, type PreviewResources } from "./provision/preview-resources.ts";

const usage = `Usage: npm run remove-preview -- NAME [options]

  --yes    delete without asking

  NAME is that of the preview, such as pr-42. Production has none, and cannot be removed by this command.
  CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID in the environment say which account.

Exit code: 0 nothing is left of what wrangler.toml names, 1 Cloudflare failed, 2 wrong usage, 3 not confirmed, 4 the token or the
account is missing or refused.`;

const { values: options, positionals } = commandOptions(usage, {
  allowPositionals: true,
  options: { yes: { type: "boolean", default: false } },
});
const [name, ...rest] = positionals;
if (name === undefined || rest.length > 0) refuseUsage(usage, "Which preview is to be removed?");
const preview = name;

const titlesOf = ({ resources }: PreviewResources) => resources.map(({ title }) => `  - ${title}`);

async function removePreview(): Promise<number> {
  parsePreviewName(preview);
  // All queues, whichever profile it was deployed with.
  const configuration = previewConfiguration(await readConfiguration("wrangler.toml"), preview);
  const api = cloudflareApi(credentialsFrom(process.env));
  const read = () => previewResources(api, configuration, preview);
  const found = await read();
  console.log(`Account ${api.accountId}, preview ${preview}`);
  for (const other of found.unknown) {
    console.log(`  ? ${other} is not of this wrangler.toml and stays: remove it from its branch.`);
  }
  if (found.resources.length === 0) {
    console.log(found.unknown.length > 0 ? "Nothing else of it exists." : "Nothing of it exists.");
    return exitCodes.done;
  }
  console.log(titlesOf(found).join("\n"));
  if (!(await confirmed("Delete all of this? It cannot be taken back.", options.yes))) {
    console.log("Nothing was deleted. Pass --yes to delete it.");
    return exitCodes.unconfirmed;
  }
  for (const { detach } of found.resources) await detach?.();
  for (const { title, remove } of found.resources) {
    await remove();
    console.log(`Deleted ${title}.`);
  }
  const left = await read();
  if (left.resources.length > 0) {
    throw new CommandError(
      "failed",
      ["Still there:", ...titlesOf(left), "Run this again."].join("\n"),
    );
  }
  console.log(left.unknown.length > 0 ? "Nothing else of it is left." : "Nothing of it is left.");
  return exitCodes.done;
}

await exitWith(removePreview);

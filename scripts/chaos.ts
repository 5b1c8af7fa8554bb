/**
 * `npm run chaos`: seeded schedules of a scan's object against a reference model; with `--server`, a storm of kills
 * and faults on the real server. docs/reliability.md describes both. Ends with 1 when something is broken.
 */
import { runSchedules } from "./chaos/run-schedules.ts";
import { commandOptions, endWith, wrongUsage } from "./command-options.ts";

const usage = `Usage: npm run chaos -- [options]

  --schedules N  How many schedules run (10000).
  --seed N       Seed of the first; the next ones follow (1). A schedule is the same for the same seed.
  --minutes N    No schedule begins later (30).

  --server       Kills the server again and again instead, with a provider that fails. Its seed is --seed, and
                 --scans N (1500), --users N (60), --seconds-between-kills N (15), --fault-rate F (0.2).
  --kill         Measures the time from a crash to the ends of --scans N (50) scans, --rounds N (3) times.
  --report FILE  Writes the report of either into a document.`;

const text = { type: "string" } as const;
const { values } = commandOptions(usage, {
  options: {
    schedules: { ...text, default: "10000" },
    seed: { ...text, default: "1" },
    minutes: { ...text, default: "30" },
    server: { type: "boolean", default: false },
    kill: { type: "boolean", default: false },
    scans: text,
    users: text,
    "seconds-between-kills": text,
    "fault-rate": text,
    rounds: text,
    report: text,
  },
});

/** A number that is above 0; the usage for anything else. */
function numberOf(value: string | undefined, otherwise: number): number {
  const number = value === undefined ? otherwise : Number(value);
  return number > 0 ? number : endWith(wrongUsage, usage);
}

const { report, seed } = values;
if (values.server) {
  const { runStorm, stormDefaults: defaults } = await import("./storm/run-storm.ts");
  await runStorm({
    scans: numberOf(values.scans, defaults.scans),
    users: numberOf(values.users, defaults.users),
    secondsBetweenKills: numberOf(values["seconds-between-kills"], defaults.secondsBetweenKills),
    faultRate: numberOf(values["fault-rate"], defaults.faultRate),
    seed,
    report,
  });
} else if (values.kill) {
  const { killDefaults: defaults, runKill } = await import("./storm/run-kill.ts");
  const scans = numberOf(values.scans, defaults.scans);
  await runKill({ scans, rounds: numberOf(values.rounds, defaults.rounds), report });
} else {
  const [schedules, minutes] = [numberOf(values.schedules, 0), numberOf(values.minutes, 0)];
  runSchedules(schedules, numberOf(seed, 0), minutes);
}

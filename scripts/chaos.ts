/**
 * `npm run chaos`: seeded schedules of a scan's object against a reference model; with `--server`, a storm of kills
 * and faults on the real server. docs/reliability.md describes both. Ends with 1 when something is broken.
 */
import { runSchedules } from "./chaos/run-schedules.ts";
import { assertFile, commandOptions, positiveInteger, positiveNumber } from "./command-options.ts";

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

/** Every number that was given, checked before anything runs. */
const count = (name: "scans" | "users" | "rounds" | "seconds-between-kills", otherwise: number) =>
  values[name] === undefined ? otherwise : positiveInteger(usage, name, values[name]);
const { report, seed } = values;
const firstSeed = positiveInteger(usage, "seed", seed);
assertFile(usage, "report", report, "write");
if (values.server) {
  const { runStorm, stormDefaults: defaults } = await import("./storm/run-storm.ts");
  await runStorm({
    scans: count("scans", defaults.scans),
    users: count("users", defaults.users),
    secondsBetweenKills: count("seconds-between-kills", defaults.secondsBetweenKills),
    faultRate:
      values["fault-rate"] === undefined
        ? defaults.faultRate
        : positiveNumber(usage, "fault-rate", values["fault-rate"]),
    seed,
    report,
  });
} else if (values.kill) {
  const { killDefaults: defaults, runKill } = await import("./storm/run-kill.ts");
  await runKill({
    scans: count("scans", defaults.scans),
    rounds: count("rounds", defaults.rounds),
    report,
  });
} else {
  const schedules = positiveInteger(usage, "schedules", values.schedules);
  runSchedules(schedules, firstSeed, positiveNumber(usage, "minutes", values.minutes));
}

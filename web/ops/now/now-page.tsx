import type { Overview } from "../ops-client.ts";
import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Lasting, When } from "../parts/when.tsx";
import { RunningRedrives } from "../dead-letters/running-redrives.tsx";
import { useOverview } from "../use-overview.ts";
import { formatCount, formatDuration, plural } from "../format.ts";
import { attentionOf, type Matter } from "./attention.ts";
import { ServiceLevels } from "./service-levels.tsx";
import { StageStrip } from "./stage-strip.tsx";

/** The matters that need attention, then every stage. */
export function NowPage() {
  const polled = useOverview();
  return (
    <>
      <PageHead title="Now" polled={polled} />
      <Loaded polled={polled} what="the overview">
        {(overview) => (
          <>
            <Attention matters={attentionOf(overview)} />
            <RunningRedrives overview={overview} />
            <StageStrip overview={overview} />
            <OpenAlerts overview={overview} />
            <ServiceLevels {...overview} />
          </>
        )}
      </Loaded>
    </>
  );
}

const tones = { bad: "Failing", warn: "Watch" };

function Attention({ matters }: { matters: Matter[] }) {
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      <p class="unseen" role="status">
        {matters.length === 0
          ? "Nothing needs attention."
          : `${plural(matters.length, "thing needs", "things need")} attention.`}
      </p>
      {matters.length === 0 ? (
        <p class="all-well">Nothing needs attention.</p>
      ) : (
        <ul class="matters">
          {matters.map(({ key, tone, title, detail, since, href, action }) => (
            <li key={key} class="matter">
              <span class={`tag ${tone}`}>{tones[tone]}</span>
              <div>
                <h3>{title}</h3>
                <p class="quiet">
                  {detail}
                  {since !== null && (
                    <>
                      {" · "}
                      <Lasting since={since} />
                    </>
                  )}
                </p>
              </div>
              <a class="button" href={href} aria-label={`${action}: ${title}`}>
                {action}
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function OpenAlerts({ overview: { alerts } }: { overview: Overview }) {
  return (
    <section aria-labelledby="alerts">
      <h2 id="alerts">Open alerts</h2>
      {alerts.length === 0 ? (
        <p class="quiet">None is open. They are opened and resolved every five minutes.</p>
      ) : (
        <ul class="plain-list">
          {alerts.map(({ id, rule, target, value, threshold, opened_at }) => (
            <li key={id}>
              <strong>{rule.replaceAll("_", " ")}</strong> · {target} ·{" "}
              {rule === "oldest_message" ? formatDuration(value) : formatCount(value)}, over{" "}
              {rule === "oldest_message" ? formatDuration(threshold) : formatCount(threshold)}{" "}
              <span class="quiet">
                · opened <When at={opened_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {alerts.length > 0 && (
        <p class="hint">Resolved at the next check that finds nothing, at the latest in 5 min.</p>
      )}
    </section>
  );
}

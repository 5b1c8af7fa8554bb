import { Loaded } from "../parts/loaded.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Lasting, When } from "../parts/when.tsx";
import { RunningRedrives } from "../dead-letters/running-redrives.tsx";
import { useOverview } from "../use-overview.ts";
import { plural } from "../format.ts";
import { alertTitle, alertValues } from "../alerts/alert-words.ts";
import { hrefOf } from "../href.ts";
import { type AlertState, alertStateOf } from "./alert-state.ts";
import { hrefOfPage, type AttentionItem } from "./attention.ts";
import { ServiceLevels } from "./service-levels.tsx";
import { StageStrip } from "./stage-strip.tsx";

/** What needs attention, then every stage. */
export function NowPage() {
  const polled = useOverview();
  return (
    <>
      <PageHead title="Now" polled={polled} />
      <Loaded polled={polled} what="the overview">
        {(overview) => {
          const state = alertStateOf(overview);
          return (
            <>
              <Attention items={state.items} />
              <RunningRedrives overview={overview} />
              <StageStrip overview={overview} />
              <OpenAlerts state={state} />
              <ServiceLevels {...overview} />
            </>
          );
        }}
      </Loaded>
    </>
  );
}

const tones = { bad: "Failing", warn: "Watch" };

function Attention({ items }: { items: AttentionItem[] }) {
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      <p class="unseen" role="status">
        {items.length === 0
          ? "Nothing needs attention."
          : `${plural(items.length, "thing needs", "things need")} attention.`}
      </p>
      {items.length === 0 ? (
        <p class="all-well">Nothing needs attention.</p>
      ) : (
        <ul class="matters">
          {items.map(({ key, tone, title, detail, since, href, action }) => (
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

/** What the rules of alerts say, which is never that all is well while something is failing. */
function OpenAlerts({ state: { open, pending, isAllClear } }: { state: AlertState }) {
  return (
    <section aria-labelledby="alerts">
      <h2 id="alerts">Open alerts</h2>
      {isAllClear && (
        <p class="quiet">None is open. They are opened and resolved every five minutes.</p>
      )}
      {open.length > 0 && (
        <ul class="plain-list">
          {open.map((alert) => (
            <li key={alert.id}>
              <a href={hrefOfPage(alert.page)}>{alertTitle(alert)}</a> · {alertValues(alert)}{" "}
              <span class="quiet">
                · opened <When at={alert.opened_at} />
                {alert.isResolving && " · found no more, resolved by the next check"}
              </span>
            </li>
          ))}
        </ul>
      )}
      {pending.length > 0 && (
        <p>
          {plural(pending.length, "failure was", "failures were")} found just now; the next check
          opens {pending.length === 1 ? "its alert" : "their alerts"}, at the latest in 5 min.
        </p>
      )}
      <p class="hint">
        <a href={hrefOf("alerts")}>All alerts of the last 90 days</a>
      </p>
    </section>
  );
}

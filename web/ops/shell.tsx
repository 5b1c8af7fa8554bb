import type { FC } from "hono/jsx";
import { AlertsPage } from "./alerts/alerts-page.tsx";
import { AuditPage } from "./audit/audit-page.tsx";
import { ControlsPage } from "./controls/controls-page.tsx";
import { HealthPage } from "./health/health-page.tsx";
import { IncidentPage } from "./incidents/incident-page.tsx";
import { JobsPage } from "./jobs/jobs-page.tsx";
import { DeadLettersPage } from "./dead-letters/dead-letters-page.tsx";
import { RedrivePage } from "./dead-letters/redrive-page.tsx";
import { NowPage } from "./now/now-page.tsx";
import { PageHead } from "./parts/page-head.tsx";
import { hrefOf } from "./href.ts";
import { unknownIn } from "./known-query.ts";
import { navigation, type PageName, type PageProps } from "./route.ts";
import { useRoute } from "./use-route.ts";
import { StatisticsPage } from "./statistics/statistics-page.tsx";
import { VersionsPage } from "./versions/versions-page.tsx";
import { WebhooksPage } from "./webhooks/webhooks-page.tsx";

const pages: Record<PageName, FC<PageProps>> = {
  now: NowPage,
  health: HealthPage,
  "dead-letters": DeadLettersPage,
  redrives: RedrivePage,
  incidents: IncidentPage,
  jobs: JobsPage,
  webhooks: WebhooksPage,
  controls: ControlsPage,
  alerts: AlertsPage,
  statistics: StatisticsPage,
  versions: VersionsPage,
  audit: AuditPage,
  unknown: () => (
    <>
      <PageHead title="No such page" />
      <p>
        <a href="#/">The overview</a>
      </p>
    </>
  ),
};

/** Pages without a link in the navigation, by the one they belong to. */
const parentOf: Partial<Record<PageName, PageName>> = {
  redrives: "dead-letters",
  incidents: "now",
  alerts: "now",
};

/** The masthead with the navigation, and the current page. */
export function Shell({ by, onLogOut }: { by: string; onLogOut: () => void }) {
  const route = useRoute();
  const { page, of, query } = route;
  const Page = pages[page];
  const unknown = unknownIn(route);
  const section = parentOf[page] ?? page;
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the page
      </a>
      <header class="masthead">
        <p class="brand">
          Eco² Edge <span>operations</span>
        </p>
        <nav aria-label="Pages">
          <ul>
            {navigation.map((it) => (
              <li key={it.page}>
                <a href={hrefOf(it.path)} aria-current={it.page === section ? "page" : undefined}>
                  {it.title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <p class="operator">
          <span>{by}</span>
          <button type="button" class="plain" onClick={onLogOut}>
            Log out
          </button>
        </p>
      </header>
      <main id="main" tabindex={-1}>
        {unknown.length > 0 ? (
          <UnknownQuery key="unknown" page={page} unknown={unknown} />
        ) : (
          <Page key={`${page}/${of ?? ""}`} of={of} query={query} />
        )}
      </main>
    </>
  );
}

/** Refuses an address as the API refuses a parameter that it does not know. */
const UnknownQuery = ({ page, unknown }: { page: PageName; unknown: readonly string[] }) => {
  const { path = "", title = "Now" } = navigation.find((it) => it.page === page) ?? {};
  return (
    <>
      <PageHead title="Unknown filter" />
      <p class="notice bad">
        The page does not know {unknown.join(", ")}. Nothing is shown for it.
      </p>
      <p>
        <a href={hrefOf(path)}>{title} without filters</a>
      </p>
    </>
  );
};

/** The hash is the route: a plain anchor would leave the page. */
function skip(event: Event) {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}

import { describe, expect, it } from "vitest";
import type { Overview } from "../../web/ops/ops-client.ts";
import { alertRules, pageOf } from "../../src/alerts/alert-rules.ts";
import { alertStateOf } from "../../web/ops/now/alert-state.ts";
import { attentionOf, hrefOfPage } from "../../web/ops/now/attention.ts";
import { routeOf } from "../../web/ops/route.ts";

const at = "2026-01-01T12:00:00.000Z";
const calm: Overview = {
  at,
  findings: [],
  alerts: [],
  incidents: [],
  jobs: [],
  causes: [],
  dead_letters: [{ kind: "write", source: "scan-events", parked: 0, redriving: 2, oldest_at: at }],
  queues: [],
  control: { paused: [], breakers: [] },
  projections: [{ name: "history", lag: 3, dead_letters: 0, updated_at: at }],
  redrives: [],
  service_levels: [],
};
const cause: Overview["causes"][number] = {
  fingerprint: "answer/MODEL_UNAVAILABLE/gpt-5.2/v1",
  kind: "stage",
  source: "answer",
  error_code: "MODEL_UNAVAILABLE",
  error_message: "500",
  provider: null,
  model: "gpt-5.2",
  regulation_version: "v1",
  dead_letters: 12,
  users: 1,
  cost_each_usd: null,
  first_seen_at: at,
  last_seen_at: at,
};
const titles = (overview: Partial<Overview>) =>
  attentionOf({ ...calm, ...overview }).map(({ title }) => title);

describe("attentionOf", () => {
  it("is empty while projections and redriven writes make progress", () =>
    expect(titles({})).toEqual([]));

  it.each<[string, Partial<Overview>, string]>([
    [
      "a cause of parked scans",
      { causes: [cause] },
      "12 scans parked at answer: MODEL_UNAVAILABLE",
    ],
    [
      "a backlog over its limit",
      {
        findings: [
          {
            rule: "backlog",
            target: "scan-vision",
            value: 1_200,
            threshold: 1_000,
            message: "",
            cause: null,
            page: "/ops#/health",
          },
        ],
      },
      "1,200 messages wait in scan-vision, over 1,000",
    ],
    [
      "a message older than its limit",
      {
        findings: [
          {
            rule: "oldest_message",
            target: "scan-rule",
            value: 500,
            threshold: 180,
            message: "",
            cause: null,
            page: "/ops#/health",
          },
        ],
      },
      "The oldest message in scan-rule is 8 min 20 s old, over 3 min",
    ],
    [
      "a finding of an unknown rule",
      {
        findings: [
          {
            rule: "new",
            target: "x",
            value: 2,
            threshold: 1,
            message: "text",
            cause: null,
            page: "/ops#/health",
          },
        ],
      },
      "x: 2, over 1",
    ],
    [
      "writes",
      {
        causes: [
          {
            ...cause,
            kind: "write",
            source: "scan-events",
            fingerprint: "scan-events/WRITE_FAILED",
            error_code: "WRITE_FAILED",
            model: null,
            dead_letters: 1,
          },
        ],
      },
      "1 write parked at scan-events: WRITE_FAILED",
    ],
    [
      "an open breaker",
      {
        control: {
          paused: [],
          breakers: [{ provider: "openai", state: "open", failures: 5, opened_at: at }],
        },
      },
      "The breaker of openai is open",
    ],
    [
      "a pause",
      {
        control: {
          paused: [{ stage: "rule", by: "kim", reason: "drill", since: at, until: null }],
          breakers: [],
        },
      },
      "The stage rule is paused",
    ],
    ["an unreachable control object", { control: null }, "The control object is not reached"],
    [
      "a projection far behind",
      { projections: [{ name: "history", lag: 1_001, dead_letters: 0, updated_at: at }] },
      "The projection history is 1,001 events behind",
    ],
    [
      "a projection without progress",
      {
        projections: [
          { name: "history", lag: 1, dead_letters: 0, updated_at: "2026-01-01T11:40:00.000Z" },
        ],
      },
      "The projection history is 1 event behind",
    ],
    [
      "an event that a projection could not apply",
      {
        projections: [{ name: "daily-statistics", lag: 0, dead_letters: 2, updated_at: at }],
        causes: [
          {
            ...cause,
            kind: "projection",
            source: "daily-statistics",
            fingerprint: "daily-statistics/EVENT_NOT_APPLIED/scan.failed",
            error_code: "EVENT_NOT_APPLIED",
            dead_letters: 2,
          },
        ],
      },
      "2 events parked at daily-statistics: EVENT_NOT_APPLIED",
    ],
  ])("has %s", (_, overview, title) => expect(titles(overview)).toEqual([title]));

  it("lists dead letters once, by their cause", () => {
    const findings = [
      {
        rule: "dead_letters",
        target: "answer",
        value: 12,
        threshold: 0,
        message: "",
        cause: null,
        page: "/ops#/health",
      },
    ];
    expect(titles({ causes: [cause], findings })).toHaveLength(1);
  });

  it("tells of a failing provider once and first, with the scans that it has stopped", () => {
    const counts = { running: 0, retrying: 0, parked: 0, redriving: 0 };
    const incident: Overview["incidents"][number] = {
      provider: "openai",
      error_code: "MODEL_UNAVAILABLE",
      error_message: "500 scripted",
      since: at,
      breaker: "open",
      scans: 81,
      stages: [
        { stage: "vision", ...counts, waiting: 40, retrying: 5, running: 1 },
        { stage: "answer", ...counts, waiting: 0, parked: 35 },
      ],
    };
    const [first, ...others] = attentionOf({
      ...calm,
      incidents: [incident],
      causes: [{ ...cause, provider: "openai" }],
      findings: [
        {
          rule: "provider_failing",
          target: "openai",
          value: 5,
          threshold: 0,
          message: "",
          cause: null,
          page: "/ops#/health",
        },
      ],
      control: {
        paused: [],
        breakers: [{ provider: "openai", state: "open", failures: 5, opened_at: at }],
      },
    });
    expect(first).toMatchObject({
      title: "openai: MODEL_UNAVAILABLE, 81 scans",
      detail: "500 scripted · vision 46, answer 35 · 46 scans go on by themselves · breaker open",
      href: "#/incidents/openai%2FMODEL_UNAVAILABLE",
    });
    expect(others).toEqual([]);
  });

  it("names what fails before what comes of it, with the most frequent failure", () => {
    const finding = { value: 12, threshold: 10, message: "text", page: "/ops" };
    const found = attentionOf({
      ...calm,
      findings: [
        { ...finding, rule: "failures", target: "all stages", cause: "Most often X at answer" },
        { ...finding, rule: "error_budget", target: "hops, 1 h", cause: null },
        { ...finding, rule: "model_unusable", target: "gpt-5.2 MODEL_UNAUTHORIZED", cause: null },
      ],
    });
    expect(found.map(({ title, detail }) => [title, detail])).toEqual([
      ["12 calls of gpt-5.2 refused by its provider: MODEL_UNAUTHORIZED", "text"],
      ["12 failed attempts in a minute, over 10", "Most often X at answer"],
      [
        "The error budget of hops, 1 h, is used up 12.0 times too fast, over 10",
        "Alert rule: error budget",
      ],
    ]);
  });

  it("lists failing scans first", () => {
    expect(
      attentionOf({ ...calm, control: null, causes: [cause] }).map(({ tone }) => tone),
    ).toEqual(["bad", "warn"]);
  });
});

describe("alertStateOf", () => {
  const alert = (rule: string, target: string): Overview["alerts"][number] => ({
    id: `${rule} ${target}`,
    rule,
    target,
    value: 1,
    threshold: 0,
    cause: null,
    message: "",
    page: "/ops#/health",
    opened_at: at,
    last_seen_at: at,
    resolved_at: null,
  });
  const finding = (rule: string, target: string) => ({
    rule,
    target,
    value: 1,
    threshold: 0,
    message: "",
    cause: null,
    page: "/ops#/health",
  });
  const incident = (parked: number): Overview["incidents"][number] => ({
    provider: "openai",
    error_code: parked > 0 ? "MODEL_UNAVAILABLE" : "MODEL_RATE_LIMITED",
    error_message: null,
    since: at,
    breaker: parked > 0 ? "closed" : "open",
    scans: 2,
    stages: [
      { stage: "answer", waiting: 2 - parked, running: 0, retrying: 0, parked, redriving: 0 },
    ],
  });
  /** What may be there or not, each of its own. */
  const parts: readonly ((overview: Overview) => Overview)[] = [
    (it) => ({ ...it, incidents: [...it.incidents, incident(0)] }),
    (it) => ({ ...it, incidents: [...it.incidents, incident(2)] }),
    (it) => ({ ...it, causes: [cause] }),
    (it) => ({
      ...it,
      causes: [...it.causes, { ...cause, fingerprint: "w", kind: "write", source: "scan-events" }],
    }),
    (it) => ({ ...it, findings: [...it.findings, finding("provider_failing", "openai")] }),
    (it) => ({ ...it, findings: [...it.findings, finding("dead_letters", "answer")] }),
    (it) => ({ ...it, findings: [...it.findings, finding("backlog", "scan-vision")] }),
    (it) => ({ ...it, alerts: [...it.alerts, alert("provider_failing", "openai")] }),
    (it) => ({ ...it, alerts: [...it.alerts, alert("dead_letters", "answer")] }),
    (it) => ({ ...it, alerts: [...it.alerts, alert("backlog", "scan-vision")] }),
  ];
  const combinations = Array.from({ length: 2 ** parts.length }, (_, bits) =>
    parts.filter((__, part) => (bits >> part) % 2 === 1).reduce((it, add) => add(it), calm),
  );

  it("says never that something is failing beside that no alert is open, in any combination", () => {
    for (const overview of combinations) {
      const { items, open, pending, isAllClear } = alertStateOf(overview);
      const isFailing = items.some(({ tone }) => tone === "bad");
      expect(isFailing && isAllClear, JSON.stringify(overview)).toBe(false);
      expect(open).toHaveLength(overview.alerts.length);
      // What fails has its alert, or waits for one.
      const named = new Set(pending.map(({ key }) => key));
      for (const { key, tone, alerts } of items) {
        const hasAlert = alerts.some((it) =>
          open.some(({ id }) => id === `${it.rule} ${it.target}`),
        );
        expect(named.has(key), key).toBe(tone === "bad" && !hasAlert);
      }
    }
    expect(combinations).toHaveLength(1_024);
    expect(alertStateOf(calm).isAllClear).toBe(true);
  });

  it("says of an open alert that it is over when its rule finds nothing any more", () => {
    const alerts = [alert("backlog", "scan-vision"), alert("backlog", "scan-rule")];
    const findings = [finding("backlog", "scan-rule")];
    const { open, isAllClear } = alertStateOf({ ...calm, alerts, findings });
    expect(open.map(({ isResolving }) => isResolving)).toEqual([true, false]);
    expect(isAllClear).toBe(false);
  });
});

it.each(alertRules.map(({ name }) => name))(
  "links an alert of the rule %s to a page that exists",
  (rule) => {
    const { page } = routeOf(hrefOfPage(pageOf(rule, "openai MODEL_UNAVAILABLE")));
    expect(page).not.toBe("unknown");
  },
);

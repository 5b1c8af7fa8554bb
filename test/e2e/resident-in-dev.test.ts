import { describe } from "vitest";
import { browserless } from "./launch-browser.ts";
import { describeFailures } from "./resident/failures.ts";
import { describeForm } from "./resident/form.ts";
import { describeFormLimits } from "./resident/form-limits.ts";
import { describeNotifications } from "./resident/notifications.ts";
import { describeOffline } from "./resident/offline.ts";
import { describeOutbox } from "./resident/outbox.ts";
import { describePages } from "./resident/pages.ts";
import { residentTest } from "./resident/resident-test.ts";
import { describeResult } from "./resident/result.ts";
import { describeScans } from "./resident/scans.ts";
import { describeStreaming } from "./resident/streaming.ts";
import { describeWaiting } from "./resident/waiting.ts";
import { devWay } from "./resident/ways.ts";

describe.skipIf(browserless)(`the residents' page of ${devWay.who}`, () => {
  const it = residentTest(devWay);
  describeForm(it);
  describeResult(it);
  describeScans(it);
  describePages(it);
  describeOffline(it);
  describeNotifications(it, devWay);
  // What does not depend on whose the requests are.
  describeFormLimits(it);
  describeStreaming(it);
  describeWaiting(it);
  describeFailures(it);
  describeOutbox(it);
});

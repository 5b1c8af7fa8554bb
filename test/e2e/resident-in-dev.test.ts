import { describe } from "vitest";
import { browserless } from "./launch-browser.ts";
import { describeFailures } from "./resident/failures.ts";
import { describeFocus } from "./resident/focus.ts";
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
  // These wait more than they work: they run at the same time.
  describeNotifications(it, devWay);
  describeScans(it);
  describePages(it);
  describeStreaming(it);

  describeForm(it);
  describeResult(it);
  describeOffline(it);
  // What does not depend on whose the requests are.
  describeFormLimits(it);
  describeFocus(it);
  describeWaiting(it);
  describeFailures(it);
  describeOutbox(it);
});

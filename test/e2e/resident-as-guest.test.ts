import { describe } from "vitest";
import { browserless } from "./launch-browser.ts";
import { describeForm } from "./resident/form.ts";
import { describeGuestSession } from "./resident/guest-session.ts";
import { describeLooks } from "./resident/looks.ts";
import { describeNotifications } from "./resident/notifications.ts";
import { describeOffline } from "./resident/offline.ts";
import { describePages } from "./resident/pages.ts";
import { residentTest } from "./resident/resident-test.ts";
import { describeResult } from "./resident/result.ts";
import { describeScans } from "./resident/scans.ts";
import { guestWay } from "./resident/ways.ts";

describe.skipIf(browserless)(`the residents' page of ${guestWay.who}`, () => {
  const it = residentTest(guestWay);
  describeGuestSession(it);
  // These wait more than they work: they run at the same time.
  describeNotifications(it, guestWay);
  describeScans(it);
  describePages(it);

  describeForm(it);
  describeResult(it);
  describeOffline(it);
  describeLooks(it);
});

import type { Rule } from "../../client/src/eco2-edge-client.ts";
import { useMinute } from "../use-minute.ts";
import { dischargeTimesOf, dischargeWords } from "../words/discharge-time.ts";
import { LinkIcon, PhoneIcon } from "./icons.tsx";
import { PhoneLinks, phoneAddress } from "./phone-links.tsx";
import { Source } from "./source.tsx";

interface Props {
  local: NonNullable<Rule["local"]>;
}

/** When and where the municipality collects the item, and how to book that. */
export function LocalRule({ local: { region, schedule, booking, source } }: Props) {
  const now = useMinute();
  const times = schedule ? dischargeTimesOf(schedule) : null;
  return (
    <section class="card local">
      <h2>{region}에서는</h2>
      {times && <p class="discharge-time">{dischargeWords(times, now)}</p>}
      <dl>
        {schedule && (
          <div>
            <dt>언제·어디에</dt>
            <dd>
              <PhoneLinks text={schedule} />
            </dd>
          </div>
        )}
        {booking && (
          <div>
            <dt>예약</dt>
            <dd>
              <p>
                <PhoneLinks text={booking.how} />
              </p>
              {(booking.phone || booking.url) && (
                <p class="contacts">
                  {booking.phone && (
                    <a class="quiet" href={phoneAddress(booking.phone)}>
                      <PhoneIcon />
                      {booking.phone}
                    </a>
                  )}
                  {booking.url && (
                    <a class="quiet" href={booking.url} target="_blank" rel="noreferrer">
                      <LinkIcon />
                      {new URL(booking.url).hostname.replace(/^www\./, "")}
                      <span class="unseen"> 새 창에서 열기</span>
                    </a>
                  )}
                </p>
              )}
            </dd>
          </div>
        )}
      </dl>
      <Source source={source} dated="기준" />
    </section>
  );
}

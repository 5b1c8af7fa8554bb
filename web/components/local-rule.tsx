import type { Rule } from "../../client/src/eco2-edge-client.ts";
import { LinkIcon, PhoneIcon } from "./icons.tsx";
import { Source } from "./source.tsx";

interface Props {
  local: NonNullable<Rule["local"]>;
}

/** When and where the municipality collects the item, and how to book that. */
export function LocalRule({ local: { region, schedule, booking, source } }: Props) {
  return (
    <section class="card local">
      <h2>{region}에서는</h2>
      <dl>
        {schedule && (
          <div>
            <dt>언제·어디에</dt>
            <dd>{schedule}</dd>
          </div>
        )}
        {booking && (
          <div>
            <dt>예약</dt>
            <dd>
              <p>{booking.how}</p>
              {(booking.phone || booking.url) && (
                <p class="contacts">
                  {booking.phone && (
                    <a class="quiet" href={`tel:${booking.phone.replaceAll(/[^\d+]/g, "")}`}>
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

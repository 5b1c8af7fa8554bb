import { useLayoutEffect, useState } from "hono/jsx/dom";
import { isUnreachable, readOptions } from "../session.ts";

/** Where a guest logs in, with what they have done so far. Others see nothing. */
export function LoginInvitation() {
  const [url, setUrl] = useState<string | null>(null);
  useLayoutEffect(() => {
    readOptions().then(
      (options) => options?.signed_in === "guest" && setUrl(options.login_url),
      (error: unknown) => {
        if (!isUnreachable(error)) throw error;
      },
    );
  }, []);
  return (
    url !== null && (
      <section class="card">
        <h2>로그인</h2>
        <p>로그인하면 지금까지의 기록과 캐릭터를 다른 기기에서도 볼 수 있어요.</p>
        <a class="quiet" href={url}>
          로그인하기
        </a>
      </section>
    )
  );
}

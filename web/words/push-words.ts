/** A scan that was parked and has ended, as the API names it. */
export interface EndedScan {
  job_id: string;
  status: string;
  ended_at: string;
  major: string | null;
  middle: string | null;
  minor: string | null;
  error_code: string | null;
}

interface NotificationText {
  title: string;
  body: string;
}

/** What a notification says of the end of a scan. */
export function notificationText({
  status,
  minor,
  middle,
  error_code,
}: EndedScan): NotificationText {
  const item = minor ?? middle ?? "분석하던 물건";
  if (status === "completed") {
    return { title: `${item}: 답이 나왔어요`, body: "눌러서 어떻게 버리는지 보세요." };
  }
  return {
    title: `${item}: 분석하지 못했어요`,
    body:
      error_code === "DISCARDED"
        ? "담당자가 남긴 말이 있어요. 눌러서 보세요."
        : "눌러서 이유를 확인하세요.",
  };
}

/** For a push whose scan cannot be asked for: there is no network, or the session has ended. */
export const fallbackNotification: NotificationText = {
  title: "기다리던 분석이 끝났어요",
  body: "눌러서 내 기록에서 보세요.",
};

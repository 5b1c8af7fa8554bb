/** All sentences for residents that no model writes, in Korean. */

/** The message of a result or a pending body, by the job's status. */
export const statusMessages = {
  completed: "분석이 끝났어요.",
  failed: "분석하지 못했어요.",
  cancelled: "분석을 취소했어요.",
  processing: "분석하고 있어요.",
  parked: "잠시 멈췄어요. 자동으로 다시 시작해서 이어서 분석할게요.",
} as const;

export const loggedOut = "로그아웃했어요.";

/** Why a scan waits. */
export const waitingMessages = {
  queued: "차례를 기다리고 있어요.",
  queuedBehind: (scans: number) => `차례를 기다리고 있어요. 앞에 ${scans}건이 있어요.`,
  retry: "분석이 잠깐 막혔어요. 조금 뒤에 다시 시도할게요.",
  provider: "AI 모델의 응답을 기다리고 있어요. 다시 연결되는 대로 이어서 분석할게요.",
  paused: "잠시 점검하고 있어요. 끝나는 대로 이어서 분석할게요.",
  parked: "여러 번 시도했지만 안 돼서 잠시 쉬고 있어요. 곧 자동으로 다시 시도할게요.",
  parkedWhilePaused: "지금은 점검하고 있어요. 끝나면 자동으로 다시 시도할게요.",
  redrivesUsedUp: "여러 번 다시 시도했지만 안 됐어요. 담당자가 살펴보고 있어요.",
} as const;

/** Why a scan failed that an operator discarded, unless the operator has another notice. */
export const discardedMessage =
  "담당자가 이 분석을 중단했어요. 사진이나 글을 바꿔 다시 맡겨 주세요.";

/** The answer for an item without a rule. */
export const noRuleMessages = {
  insufficiency: "배출 규정 매칭 실패",
  apology: "죄송해요, 이 품목의 배출 규정을 찾지 못했어요. 품목 이름을 조금 더 자세히 알려 주세요.",
} as const;

/** Why nothing was recognised, and what helps. */
export const notRecognisedMessages = {
  photoUnclear:
    "사진만으로는 무엇인지 알아보지 못했어요. 가까이에서 한 가지만 나오게 다시 찍거나, 무엇인지 글로 적어 주세요.",
  photoUnreadable: "사진을 열지 못했어요. JPEG나 PNG로 다시 올리거나, 무엇인지 글로 적어 주세요.",
  notFound:
    "죄송해요, 말씀하신 품목을 배출 규정에서 찾지 못했어요. 물건의 이름을 조금 더 자세히 적어 주세요.",
} as const;

/** What the offline model answers. */
export const offlineMessages = {
  isRight: (category: string) => `사진은 「${category}」 같은데 맞나요?`,
  choose: (first: string, second: string) =>
    `사진은 「${first}」 아니면 「${second}」 같으니 어느 쪽인지 골라 주세요.`,
  follow: (item: string | null, rule: string) =>
    `${item ? `「${item}」 품목은` : "말씀하신 품목은"} 「${rule}」 배출 방법을 따라 주세요.`,
  stillToDo: (count: number) => `버리기 전에 ${count}가지만 더 챙겨 주세요.`,
  ready: "순서대로 하면 준비 끝이에요!",
  photoNotSeen: "사진은 보지 못해서 적어 주신 글만으로 안내했어요.",
} as const;

/** Why a scan has no character. */
export const rewardRefusalMessages = {
  not_recyclable: "캐릭터는 재활용품을 버릴 때 만날 수 있어요.",
  no_rule: "배출 규정을 찾지 못해서 이번에는 만날 캐릭터가 없어요.",
  insufficiencies:
    "아직 챙길 것이 남았어요. 다 하고 「다 했어요」를 누르면 캐릭터를 만날 수 있어요.",
  not_confirmed: "무엇인지 골라 주면 캐릭터를 만날 수 있어요.",
  no_character: "이 품목의 캐릭터는 아직 없어요.",
  words_limit:
    "글만으로는 하루에 새 캐릭터를 하나 만날 수 있어요. 사진을 찍거나, 순서대로 하고 「다 했어요」를 눌러 주세요.",
  catalog_unavailable: "캐릭터가 조금 늦게 찾아올 거예요.",
} as const;

/** What an erasure cannot reach, by place. */
export const beyondErasureMessages = {
  database_history:
    "장애에 대비한 데이터베이스 기록에는 최대 30일 동안 남아 있다가 저절로 사라져요. 되살릴 때에만 쓰여요.",
  vision_cache:
    "같은 사진을 다시 알아보기 위한 임시 저장소에는 최대 하루 동안 남아 있을 수 있어요.",
  service_logs:
    "서비스 로그에는 사진도 글도 없어요. 언제 어떤 처리를 했는지는 로그 보관 기간 동안 남아요.",
  events_read:
    "다른 서비스가 이미 읽어 간 통계용 기록에는 사용자 번호와 품목 이름이 남아 있을 수 있어요. 적어 주신 글과 사진은 들어 있지 않아요.",
  webhooks_delivered:
    "앱이 요청해서 앱의 서버로 이미 보낸 결과는 그 앱이 보관해요. 그 앱에 지워 달라고 해 주세요.",
  model_providers:
    "사진과 글을 분석한 외부 인공지능 회사에는 그 회사가 정한 기간 동안 남아 있을 수 있어요.",
} as const;

/** The note of a region whose local rules are not published. */
export const unknownRegionNote = (region: string) =>
  `「${region}」의 배출 규정은 아직 없어서 전국 공통 기준으로 안내했어요. 요일과 장소는 사는 곳의 시·군·구청에 확인해 주세요.`;

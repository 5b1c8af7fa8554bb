/** The forms of a verb for what was done, and for what was not; sources of patterns. */
export interface Verb {
  done: string;
  denied: string;
}

/** Particles and adverbs between a noun and its verb. */
export const filler =
  "(?:을|를|이|가|은|는|도|에|만|까지|채로|다|모두|전부|완전히|완전|깨끗이|깨끗하게|아직|그대로|조금씩|조금|좀|약간|살짝|많이|잔뜩|너무|엄청|꽤|막|반쯤|반통|반|거의|가득|덕지덕지|여기저기|군데군데|미끌미끌|겉에|속에|안에|안쪽에|바닥에|하얗게|까맣게|누렇게|다시|물로)*";

/**
 * Builds a verb from its forms.
 * @param done the forms of what was done: 뗀, 뗐, 떼고
 * @param stem the stem that takes -지 않-, -기 전 and the like: 떼
 */
function verb(done: string, stem: string): Verb {
  return {
    done: `(?:${done})`,
    denied: `(?:아직)?(?:(?:안|못|덜)(?:${done}|${stem})|(?:${stem})(?:지|질|진|지를|지도|지는|지가)(?:아직)?(?:않|못|안|말)|(?:${stem})(?:은|을|를|도|가|이)?(?:안|못)(?:한|했|함|하|해|된|됐|됨|되|돼)|(?:${stem})기(?:도)?전)`,
  };
}

/** Excludes what is still to be done: 떼고 버려야, 헹궈야. */
const due = "(?!야|서버려야|고버려야|서내놔야|고내놔야|야하|면되|고배출해야)";

export const remove = verb(
  `뗀|뗐|떼었|떼어${due}|떼내|뗌|떼고${due}|떼서|떼놓|뜯은|뜯었|뜯어${due}|뜯고${due}|뜯음|벗긴|벗겼|벗겨${due}|벗기고${due}|벗김|제거(?!해야|하|할|안|못)|제거하고|제거한|분리한|분리했|분리해${due}|빼고|뺀|뺐|빼서|빼둔|빼놨`,
  "떼|떼어내|뜯|벗기|벗겨지|제거하|제거|분리하|분리|빼|빠지|빠|떨어지|떨어|떼어지|열|연",
);
export const wash = verb(
  `헹군|헹궜|헹굼|헹궈${due}|헹구고${due}|헹궛|씻은|씻었|씻음|씻어${due}|씻고${due}|씻긴|씻겨|세척한|세척했|세척함|세척하고${due}|세척해${due}|세척완료|(?<=로|게|이|히|잘|다|번)닦은|닦았|닦아${due}|빨았|빨아${due}|빨은|세탁한|세탁했|세탁함|세탁하고${due}|세탁해${due}|설거지한|설거지했|설거지함|설거지하고`,
  "헹구|헹굴|헹궈지|씻|씻기|세척하|세척|닦|빨|빤|세탁하|세탁|설거지하|설거지",
);
export const dry = verb("마른|말린|말랐|말렸|마름|말림|말라|말려", "마르|말리|건조하|건조");
export const empty = verb(
  "비운|비웠|비우고|비워|비움|텅빈|텅비|다마신|다마셨|다먹은|다먹었",
  "비우|비워지",
);
export const breakUp = verb(
  "깨진|깨졌|깨져|깨지고|깨짐|깨먹|깨뜨|깨트|금간|금이간|금이갔|금갔|금이가|산산조각|이나간|이빠진",
  "깨지|깨",
);
export const stick = verb(
  "묻은|묻었|묻음|묻어|묻혀|묻힌|묻|튄|튀었|튀어(?!나)|튐|배었|배어|배인|밴|뱄|눌어|눌러붙|늘어붙|범벅|낀|끼었|끼여|꼈|껴|번진|번졌|흘린|흘렀|쏟|말라붙|굳어|달라붙|들러붙|엉겨",
  "묻|튀|배|눌어붙|끼",
);
/** Stays on the item: 붙은, 달린, 남은. */
export const hold = verb(
  "붙(?!이는)|달린|달려|달았|달림|감긴|감겨|감아|감은|둘러|있(?!던|었)|남|채로|꽂",
  "붙어있|붙|달리|달려있|남",
);
/** Remains in the item: 남았, 들어 있, but not 들어 있던. */
export const remain = verb(
  "(?<!끝)남(?!자|기|김|긴|겨)|들어있(?!던|었)|들어가있(?!던)|들었(?!던)|들어간|담겨있(?!던|었)|담긴(?!했)|차있|있(?!던|었|는데)",
  "남|들어있|담겨있",
);

-- The character catalog: who is given for which label. Labels are middle categories,
-- except for the default character's.
CREATE TABLE characters (
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  dialog TEXT NOT NULL,
  match_label TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO characters (code, name, type, dialog, match_label) VALUES
  ('char-eco', '이코', '기본', '안녕! 나는 이코야. 오늘도 같이 지구를 지켜 보자!', '대표 캐릭터'),
  ('char-petty', '페티', '재활용', '라벨까지 떼어 주다니 최고야! 나는 새 옷으로 다시 태어날게.', '무색페트병'),
  ('char-metally', '메탈리', '재활용', '반짝반짝! 몇 번이고 다시 태어날 수 있어서 든든해.', '금속류'),
  ('char-paepy', '페이피', '재활용', '바스락바스락, 보송하게 모아 줘서 고마워!', '종이'),
  ('char-plea', '플리', '재활용', '깨끗이 헹궈 준 덕분에 몸이 가뿐해!', '플라스틱류'),
  ('char-bini', '비니', '재활용', '팔랑팔랑, 이물질 없이 모아 줘서 고마워!', '비닐류'),
  ('char-foamy', '폼이', '재활용', '폭신폭신! 테이프까지 떼어 준 걸 다 봤어.', '발포합성수지'),
  ('char-glassy', '글래시', '재활용', '쨍그랑하지 않게 살살 다뤄 줘서 고마워!', '유리병'),
  ('char-factory', '팩토리', '재활용', '펼치고 말려 주다니! 나는 휴지로 변신할 거야.', '종이팩'),
  ('char-battery', '배리', '재활용', '찌릿! 전용 수거함까지 데려다줘서 고마워.', '전지'),
  ('char-lighty', '라이티', '재활용', '깨지지 않게 챙겨 줘서 마음이 환해졌어!', '조명제품'),
  ('char-cotton', '코튼', '재활용', '포근한 마음 고마워! 누군가에게 또 입혀질 거야.', '의류및원단'),
  ('char-eb7429f0523f', '일렉', '재활용', '위이잉! 내 부품들이 다시 쓰일 생각에 두근거려.', '전기전자제품');

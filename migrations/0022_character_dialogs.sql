-- Sentences that praised what nobody had mentioned. A catalog whose sentences operators have changed keeps them.
UPDATE characters SET dialog = CASE code
  WHEN 'char-petty' THEN '만나서 반가워! 라벨을 떼고 모아 주면 나는 새 옷으로 다시 태어날게.'
  WHEN 'char-paepy' THEN '바스락바스락! 물에 젖지 않게 모아 주면 새 종이로 돌아올게.'
  WHEN 'char-plea' THEN '깨끗이 헹궈 주면 몸이 가뿐해져. 새 물건으로 또 만나자!'
  WHEN 'char-bini' THEN '팔랑팔랑! 이물질 없이 모아 주면 나도 다시 쓸모가 생겨.'
  WHEN 'char-foamy' THEN '폭신폭신! 테이프를 떼고 모아 주면 다시 태어날 수 있어.'
  WHEN 'char-glassy' THEN '쨍그랑하지 않게 살살 부탁해. 몇 번이고 다시 태어날게!'
  WHEN 'char-factory' THEN '펼쳐서 말려 주면 나는 휴지로 변신할 거야!'
  WHEN 'char-battery' THEN '찌릿! 우리 전용 수거함에서 만나자.'
  WHEN 'char-lighty' THEN '깨지지 않게 챙겨 주면 마음이 환해질 거야!'
  ELSE dialog END
WHERE (code, dialog) IN (VALUES
  ('char-petty', '라벨까지 떼어 주다니 최고야! 나는 새 옷으로 다시 태어날게.'),
  ('char-paepy', '바스락바스락, 보송하게 모아 줘서 고마워!'),
  ('char-plea', '깨끗이 헹궈 준 덕분에 몸이 가뿐해!'),
  ('char-bini', '팔랑팔랑, 이물질 없이 모아 줘서 고마워!'),
  ('char-foamy', '폭신폭신! 테이프까지 떼어 준 걸 다 봤어.'),
  ('char-glassy', '쨍그랑하지 않게 살살 다뤄 줘서 고마워!'),
  ('char-factory', '펼치고 말려 주다니! 나는 휴지로 변신할 거야.'),
  ('char-battery', '찌릿! 전용 수거함까지 데려다줘서 고마워.'),
  ('char-lighty', '깨지지 않게 챙겨 줘서 마음이 환해졌어!'));

-- Holders of a copy of the catalog read it again.
UPDATE catalog_version SET version = version + 1;

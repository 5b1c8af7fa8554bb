document.body.append("분리배출을 물어보세요: POST /api/v1/scan");

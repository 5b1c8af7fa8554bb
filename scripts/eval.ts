/** `npm run eval`: how well the offline model reads words; with `--photos`, how well it sees. */
const isOfPhotos =
  process.argv.some((argument) => argument.startsWith("--photos")) ||
  // npm has kept the flag, which is refused there.
  process.env["npm_config_photos"] !== undefined;
await import(isOfPhotos ? "./eval/eval-photos.ts" : "./eval/eval-words.ts");

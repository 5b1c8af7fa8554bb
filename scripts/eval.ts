/** `npm run eval`: how well the offline model reads words; with `--photos`, how well it sees. */
const isOfPhotos = process.argv.some((argument) => argument.startsWith("--photos"));
await import(isOfPhotos ? "./eval/eval-photos.ts" : "./eval/eval-words.ts");

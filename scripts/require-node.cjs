/** Loaded before TypeScript, which an older Node cannot read. */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Node ${process.versions.node} is too old: 22.18 or newer is needed. Approve the install scripts of ` +
      "the package `node`, which brings it, or install a newer Node, and run `npm ci` again.",
  );
  process.exit(1);
}

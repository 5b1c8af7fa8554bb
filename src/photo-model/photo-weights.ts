/** The weights file that the project ships, below `web/public`. */
const sha256 = "239c1e39339ece1d76e7bec7256a28355f0d10a50e8ff8d5ee0f098aab94d927";
export const photoWeights = { sha256, path: `/models/photo-${sha256.slice(0, 8)}.bin` };

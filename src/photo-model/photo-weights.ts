/** The weights file that the project ships, below `web/public`. */
const sha256 = "e945ef332802b31b3cd978c220c3be20e8e61b45c1e3cf34fd18e1dfebf959bb";
export const photoWeights = { sha256, path: `/models/photo-${sha256.slice(0, 8)}.bin` };

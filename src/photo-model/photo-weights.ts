/** The weights file that the project ships, below `web/public`. */
const sha256 = "d27bb0b7ec2fb0b68036e2b6dac4568e7e05dedef4bdc0d3f463267bc678b966";
export const photoWeights = { sha256, path: `/models/photo-${sha256.slice(0, 8)}.bin` };

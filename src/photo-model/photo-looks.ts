/** Ways to look at a photo: all of it, its mirror image, and the middle 80 % of its width and height. */
export const photoLooks = ["whole", "mirrored", "centre"] as const;
export type PhotoLook = (typeof photoLooks)[number];

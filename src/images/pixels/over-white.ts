/** A color (0 to 255) of an opacity (0 to 255) on white. */
export const overWhite = (color: number, opacity: number): number =>
  opacity === 255 ? color : Math.round(255 - ((255 - color) * opacity) / 255);

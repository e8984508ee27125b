/** The sizes that the layout and the drawing share. */
export const metrics = {
  titleSize: 15,
  textSize: 12,
  /** From one line of text to the next. */
  lineHeight: 17,
  /** From a state's border to its text. */
  padding: 14,
  /** The height of a state's name. */
  titleHeight: 22,
  /** Between the description of a state and its transitions. */
  gap: 10,
  /** The width of the sign before an event. */
  signWidth: 14,
  /** Between an event and its guard. */
  space: 5,
} as const;

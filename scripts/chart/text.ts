/**
 * Widths in hundredths of the font size, for the widest of the common interface fonts. A table instead of a canvas
 * makes the layout the same on every computer.
 */
const widths: readonly (readonly [width: number, characters: string])[] = [
  [28, "'ijl"],
  [30, 'I'],
  [32, ' ,.'],
  [34, ':;|'],
  [36, '/\\f'],
  [40, '()[]t'],
  [42, '!r'],
  [46, '"-'],
  [50, '*_`'],
  [54, '?Jsz'],
  [56, 'Lc'],
  [58, 'Fk'],
  [60, 'vxy'],
  [62, 'aeo'],
  [64, '$0123456789EPSTbdghnpqu{}'],
  [66, 'KY'],
  [70, 'ABRVXZ'],
  [72, 'C'],
  [74, 'U'],
  [76, 'HN'],
  [78, '&DG'],
  [80, 'OQ'],
  [82, 'w'],
  [84, '#+<=>^~'],
  [88, 'M'],
  [96, '%'],
  [98, 'm'],
  [100, '@W'],
];
const widest = 105;

const widthOf = new Map(
  widths.flatMap(([width, characters]) => [...characters].map((character) => [character, width] as const)),
);

/** The maximum width of a text, in whole units. */
export function textWidth(text: string, fontSize: number): number {
  const hundredths = [...text].reduce((sum, character) => sum + (widthOf.get(character) ?? widest), 0);
  return Math.ceil((hundredths * fontSize) / 100);
}

/** Breaks a text into lines within the limit. The lines are as even as possible without an additional line. */
export function breakLines(text: string, fontSize: number, limit: number): string[] {
  const fewest = fill(text, fontSize, limit).length;
  let narrowest = limit;
  while (narrowest > 1 && fill(text, fontSize, narrowest - 1).length === fewest) narrowest -= 1;
  return fill(text, fontSize, narrowest);
}

function fill(text: string, fontSize: number, limit: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, fontSize) <= limit) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

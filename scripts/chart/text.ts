/**
 * Widths in hundredths of the font size, for the widest of the common interface fonts. A table instead of a canvas
 * makes the layout the same on every computer.
 */
const widths: readonly (readonly [width: number, characters: string])[] = [
  [22, "'"],
  [24, 'ijl'],
  [26, 'I'],
  [28, ' !,.:;'],
  [32, '|'],
  [36, '()/[\\]ft{}'],
  [38, 'r'],
  [40, '"'],
  [46, '1-^_'],
  [50, '*?`'],
  [52, 's'],
  [54, 'Jkxz'],
  [56, 'Lacvy'],
  [58, '7Fenu'],
  [60, '25Eghopq'],
  [62, '0689Zbd'],
  [64, '34#$&PRSTX'],
  [66, '+<=>BKY~'],
  [68, 'AV'],
  [72, 'CD'],
  [74, 'GHU'],
  [76, 'NOQ'],
  [82, '%w'],
  [86, 'm'],
  [88, 'M'],
  [94, '@W'],
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

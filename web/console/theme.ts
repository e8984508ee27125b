import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** The design of Mantine with one accent color. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 7, dark: 8 },
  defaultRadius: 'md',
  autoContrast: true,
  respectReducedMotion: true,
  cursorType: 'pointer',
  fontFamily:
    "Inter, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, system-ui, sans-serif",
  fontFamilyMonospace:
    "ui-monospace, 'SF Mono', 'Cascadia Code', 'Noto Sans Mono', 'Liberation Mono', monospace",
  headings: { fontWeight: '650' },
});

const tints = ['teal', 'blue', 'indigo', 'violet', 'yellow', 'orange', 'red', 'gray'];

/** More contrast for dimmed text and tinted labels than Mantine has, for readability. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': '#6c757d',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--page-color': 'var(--mantine-color-gray-0)',
    ...Object.fromEntries(
      tints.flatMap((tint) => [
        [`--mantine-color-${tint}-light`, `var(--mantine-color-${tint}-${tint === 'gray' ? 1 : 0})`],
        [
          `--mantine-color-${tint}-light-color`,
          `color-mix(in srgb, var(--mantine-color-${tint}-9) 65%, black)`,
        ],
      ]),
    ),
  },
  dark: {
    '--mantine-color-error': 'var(--mantine-color-red-4)',

    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--page-color': 'var(--mantine-color-dark-8)',
  },
});

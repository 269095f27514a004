/** One meaning a colour, everywhere. The same values stand in styles/palette.css for what is drawn by the browser. */

export type ThemeName = 'light' | 'dark';

/** Colours as `#rrggbb`. */
export interface Palette {
  readonly theme: ThemeName;
  readonly background: string;
  /** Of cells and tracks that hold nothing. */
  readonly faint: string;
  readonly line: string;
  readonly ink: string;
  readonly muted: string;
  /** Speaks for the target. */
  readonly positive: string;
  /** Speaks against it. */
  readonly negative: string;
  readonly accent: string;
  /** Behind what is certain; behind what is impossible there is the background. */
  readonly likely: string;
  /** Of an audit that has passed. */
  readonly passed: string;
  /** One hue a tracked token, told apart by colour-blind people (after Okabe and Ito 2008). */
  readonly tracked: readonly string[];
}

export const palettes: Readonly<Record<ThemeName, Palette>> = {
  light: {
    theme: 'light',
    background: '#ffffff',
    faint: '#f0f1f3',
    line: '#d4d8dd',
    ink: '#1b2129',
    muted: '#5a6572',
    positive: '#1f6fc4',
    negative: '#c8402f',
    accent: '#8a4d00',
    likely: '#9aa4af',
    passed: '#1a7a48',
    tracked: ['#b35c00', '#00755a', '#a8478a', '#6b5fc7', '#7a6a00', '#00789e'],
  },
  dark: {
    theme: 'dark',
    background: '#14181d',
    faint: '#20262d',
    line: '#39424c',
    ink: '#e8ecf0',
    muted: '#a0abb6',
    positive: '#57a5f2',
    negative: '#f0796a',
    accent: '#f5b041',
    likely: '#66717d',
    passed: '#4cc38a',
    tracked: ['#f0a04b', '#3dc4a0', '#e08cc6', '#a79cf5', '#d8c75a', '#58bfe0'],
  },
};

/** The hue of the nth tracked token. */
export function hueOf(palette: Palette, index: number): string {
  return palette.tracked[index % palette.tracked.length] as string;
}

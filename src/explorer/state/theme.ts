/** Light or dark: as the system has it, until somebody says otherwise. */
import { computed, effect, signal } from '@preact/signals';
import { palettes, type ThemeName } from '../drawing/palette.ts';

const remembered = 'tributary-theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const system = signal<ThemeName>(dark.matches ? 'dark' : 'light');
const said = signal<ThemeName | undefined>(recalled());

export const theme = computed<ThemeName>(() => said.value ?? system.value);
export const palette = computed(() => palettes[theme.value]);

export function toggleTheme(): void {
  said.value = theme.value === 'light' ? 'dark' : 'light';
  try {
    localStorage.setItem(remembered, said.value);
  } catch {
    // A browser that keeps nothing has the theme for as long as the page is open.
  }
}

/** Keeps the page's style sheet up to date with it. */
export function followTheme(): void {
  dark.addEventListener('change', ({ matches }) => {
    system.value = matches ? 'dark' : 'light';
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

function recalled(): ThemeName | undefined {
  try {
    const name = localStorage.getItem(remembered);
    return name === 'light' || name === 'dark' ? name : undefined;
  } catch {
    return undefined;
  }
}

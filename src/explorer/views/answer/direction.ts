/** Whether tokens of an answer are looked at for what they come from, or for what they give. */
import { signal } from '@preact/signals';
import type { Direction } from './figures.ts';

export const direction = signal<Direction>('from');

export const directions: Readonly<Record<Direction, string>> = { from: 'Comes from', to: 'Gives to' };

/** What a variable of the environment may hold. */
import { z } from 'zod';

/** A whole number within bounds. */
export function whole(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).pipe(z.int({ error }).min(least, { error }).max(most, { error }));
}

/** Any number above 0. */
export const amount = z.coerce
  .number({ error: 'must be a number' })
  .pipe(z.number().positive({ error: 'must be above 0' }));

/** Seconds, or parts of one, within bounds. */
export function seconds(least: number, most: number) {
  const error = `must be a number of seconds from ${least} to ${most}`;
  return z.coerce.number({ error }).pipe(z.number({ error }).min(least, { error }).max(most, { error }));
}

/** One of several words. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

/** Yes or no. */
export const flag = z.enum(['true', 'false'], { error: 'must be true or false' });

const units = ['', 'K', 'M', 'G', 'T'];

/** A number of bytes, or one with a unit: 8GB. */
export const byteCount = z
  .string()
  .regex(/^\d+(\.\d+)?\s*[KMGT]?i?B?$/i, 'must be a number of bytes, or one with a unit, e.g. 8GB')
  .transform((text) => {
    const [, number, unit = '', binary] = /^([\d.]+)\s*([KMGT]?)(i?)/i.exec(text) ?? [];
    return Math.floor(Number(number) * (binary ? 1024 : 1000) ** units.indexOf(unit.toUpperCase()));
  })
  .pipe(z.int().min(1));

/** The same within bounds. */
export function bytes(least: number, most: number) {
  const error = `must be from ${least} to ${most} bytes`;
  return byteCount.pipe(z.int().min(least, { error }).max(most, { error }));
}

/** Separated by commas. */
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  );

/** The settings of a command; where they are wrong, it says so and ends. */
import { readSettings, type Settings } from '../settings.ts';

export function settings(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

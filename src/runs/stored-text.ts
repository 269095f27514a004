/** Texts of people as they are stored: as JSON, which has a way to write NUL, at which SQLite ends a text. None is empty. */

export function storedText(text: string): string {
  return text === '' ? '' : JSON.stringify(text);
}

export function textStored(stored: string): string {
  return stored === '' ? '' : (JSON.parse(stored) as string);
}

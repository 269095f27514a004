/** Origins of web pages, as browsers send them in the header Origin. */

const schemes = /^[a-z][a-z\d+.-]*:\/\/[^/?#\s]+$/;

/** @returns what would be right in place of a text that no browser ever sends; undefined for an origin */
export function originFault(text: string): string | undefined {
  const right = rightOf(text);
  return right === text
    ? undefined
    : `${JSON.stringify(text)} is no origin that a browser sends, ${right} would be one`;
}

function rightOf(text: string): string {
  // Of pages that come from a file, or are shut in by their frame.
  if (text === 'null') return text;
  const spelled = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const example = 'https://lab.example';
  if (!URL.canParse(spelled) || spelled.includes('*')) return example;
  const { origin, protocol, host } = new URL(spelled);
  if (origin !== 'null') return origin;
  // Such as an extension's.
  const other = `${protocol}//${host}`;
  return schemes.test(other) ? other : example;
}

/** Whose each id and each word is, and what an answer tells of somebody else's. */

const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const words = /qz([a-z]+?)([xs])\d+z/g;
/** What may be base64, as ids and cursors are. */
const encoded = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
const texts = /"((?:[^"\\]|\\.)*)"/g;

/**
 * A word that is a tenant's alone. `x`: nobody else may be told it. `s`: written in what is shared, which others read and
 * repeat.
 */
export function word(tenant: string, kind: 'x' | 's', number: number): string {
  return `qz${tenant}${kind}${number}z`;
}

export class Borders {
  /** By id, to whom it was told first. */
  readonly #owners = new Map<string, string>();
  readonly #shared = new Set<string>();
  readonly #everybodys: ReadonlySet<string>;
  /** By tenant: keys and their ids. */
  readonly #keys = new Map<string, string[]>();

  /** @param everybodys answers that tell ids which are everybody's, as those of workers */
  constructor(everybodys: string) {
    this.#everybodys = idsIn(everybodys);
  }

  /** What nobody else may ever be told. */
  keep(tenant: string, ...keys: readonly string[]): void {
    this.#keys.set(tenant, [...(this.#keys.get(tenant) ?? []), ...keys]);
  }

  /** Others read it by its id, as it is written in an answer. */
  share(id: string): void {
    for (const one of idsIn(id)) this.#shared.add(one);
  }

  /** Whose it is; undefined for what was told to nobody yet. */
  ownerOf(id: string): string | undefined {
    const [one = ''] = idsIn(id);
    return this.#owners.get(one);
  }

  /**
   * What an answer tells of others. An id that is unknown so far is from now on whose answer it stands in: whoever is told it
   * next crosses a border, whichever of both it belongs to.
   * @param said the whole request: who says an id or a word may hear it again in a message, but find nothing by it
   * @param learns whether unknown ids are theirs: not those that whoever manages is told
   */
  crossed(teller: string, said: string, answer: string, learns = true): string[] {
    const found: string[] = [];
    const heard = idsIn(answer);
    const asked = heard.size > 0 ? idsIn(said) : heard;
    const whole = heard.size > 0 ? wholeIdsIn(answer) : heard;
    for (const id of heard) {
      const owner = this.#owners.get(id);
      if (this.#everybodys.has(id) || owner === teller) continue;
      if (owner === undefined) {
        if (learns && whole.has(id) && !asked.has(id)) this.#owners.set(id, teller);
      } else if (!asked.has(id)) found.push(`the id ${id} of ${owner}`);
      else if (whole.has(id) && !this.#shared.has(id)) found.push(`what has the id ${id} of ${owner}`);
    }
    for (const [told, owner, kind] of opened(answer).matchAll(words))
      if (owner !== teller && kind === 'x' && !opened(said).includes(told)) found.push(`the word ${told} of ${owner}`);
    for (const [owner, keys] of this.#keys)
      if (owner !== teller) found.push(...keys.filter((key) => answer.includes(key)).map(() => `a key of ${owner}`));
    return found;
  }
}

/** With what is encoded in it beside it. */
function opened(text: string): string {
  const inside = (text.match(encoded) ?? []).map((part) => Buffer.from(part, 'base64').toString('latin1'));
  return [text, ...inside].join('\n');
}

function idsIn(text: string): Set<string> {
  return new Set(opened(text).match(uuids));
}

/** Of values that are an id, or a cursor, and nothing else; all of a file that is no JSON. */
function wholeIdsIn(answer: string): Set<string> {
  const values = /^([[{:]|event:|data:)/.test(answer)
    ? Array.from(answer.matchAll(texts), ([, value = '']) => value)
    : [answer];
  const only = values.filter((value) => value.length < 120 || value === answer);
  return new Set(
    only.flatMap((value) => {
      const ids = [...idsIn(value)];
      return value === answer || !value.includes(' ') ? ids : [];
    }),
  );
}

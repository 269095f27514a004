/** What can be taken along, as a menu: each file copied or downloaded. */
import { useSignal } from '@preact/signals';
import { useContext, useLayoutEffect, useRef } from 'preact/hooks';
import { palettes } from '../drawing/palette.ts';
import { copy } from '../parts/copy.ts';
import { type LaterTakeaway, type More, more } from '../parts/later.tsx';
import { modelNamed } from '../state/models.ts';
import { palette, theme } from '../state/theme.ts';
import { linkToShown } from '../state/workspace.ts';
import { fileName, type Origin, type Source, textFiles } from './files.ts';
import { moved } from './moved.ts';
import { download, toPng } from './png.ts';
import { Shown, type ShownSource } from './shown.ts';
import type { Takeaway } from './takeaway.ts';

const notAllowed = 'The browser does not allow it';

interface MenuProps {
  readonly id: string;
  readonly takeaway: Takeaway | LaterTakeaway;
  readonly close: () => void;
  /** @param take says what it did */
  readonly run: (take: () => Promise<string>) => void;
}

export function Menu({ id, takeaway: offered, close, run }: MenuProps) {
  const takeaway = 'of' in offered ? offered.of(more.value as More) : offered;
  const shown = useContext(Shown);
  const menu = useRef<HTMLDivElement>(null);
  const isLight = useSignal(theme.value === 'light');
  const colours = isLight.value ? palettes.light : palette.value;
  const items = () => [...(menu.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
  useLayoutEffect(() => items()[0]?.focus(), []);
  const origin: Origin = {
    explained: shown.map(sourceOf),
    url: new URL('/graphql', location.href).href,
    link: linkToShown(),
  };
  const png = { label: 'PNG', name: fileName(takeaway.name, origin, 'png') };
  const [svg, ...others] = textFiles(takeaway, origin, colours).map(({ label, name, type, text }) => ({
    label,
    copy: async () => ((await copy(text())) ? `${label} copied` : notAllowed),
    save: async () => {
      download(new Blob([text()], { type }), name);
      return `${name} saved`;
    },
  }));
  const picture = {
    label: png.label,
    copy: async () => {
      // Where the page came by HTTP from another machine there is none.
      if (!navigator.clipboard) return notAllowed;
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': toPng(takeaway.picture(colours)) })]);
      return 'PNG copied';
    },
    save: async () => {
      download(await toPng(takeaway.picture(colours)), png.name);
      return `${png.name} saved`;
    },
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
    const next = moved(items(), document.activeElement, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <div
      class="menu"
      role="menu"
      id={id}
      aria-label={`Take ${takeaway.name} along`}
      ref={menu}
      tabIndex={-1}
      onKeyDown={press}
    >
      {[svg, picture, ...others]
        .filter((file) => file !== undefined)
        .map((file) => (
          // biome-ignore lint/a11y/useSemanticElements: in a menu there are no field sets
          <div role="group" aria-label={file.label} key={file.label}>
            <span aria-hidden="true">{file.label}</span>
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              aria-label={`Copy ${file.label}`}
              onClick={() => run(file.copy)}
            >
              Copy
            </button>
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              aria-label={`Download ${file.label}`}
              onClick={() => run(file.save)}
            >
              Download
            </button>
          </div>
        ))}
      {theme.value === 'dark' && (
        <button
          type="button"
          role="menuitemcheckbox"
          tabIndex={-1}
          aria-checked={isLight.value}
          onClick={() => (isLight.value = !isLight.value)}
        >
          {isLight.value ? '☑' : '☐'} Pictures on white
        </button>
      )}
    </div>
  );
}

function sourceOf({ question, shownRun: run }: ShownSource): Source {
  const model = modelNamed(question.model);
  return { question, run, revision: (model && 'revision' in model && model.revision) || undefined };
}

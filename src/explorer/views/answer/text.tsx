/** Prompt and answer as text, token by token: coloured by what is looked at, or grey by how sure the model was. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { inkOn, probabilityScale } from '../../drawing/colour.ts';
import { percent } from '../../format/number.ts';
import { quoted, visible } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import { hovered, letGo, pin, pinned } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import { gap, type Item, type Line, linesOf, mostWithNotes, neighbour, sizeFor } from '../tokens/layout.ts';
import { shadesOf } from '../tokens/measure.ts';
import { noteOf, type ShownAnswer, titleOf } from './shown.ts';

interface TextProps {
  readonly shown: ShownAnswer;
  readonly width: number;
  /** Whether more is coming: the end is kept in sight. */
  readonly isGrowing: boolean;
}

/** As wide as any figure under a token: lines stay as they are while one is pointed at after the other. */
const widest = '−00.00';

export function AnswerText({ shown, width, isGrowing }: TextProps) {
  const { written, text } = shown;
  const box = useRef<HTMLDivElement>(null);
  const anchor = useRef<number | undefined>(undefined);
  const dragged = useRef(false);
  const reached = useSignal<number | undefined>(undefined);
  const { length: promptLength } = written.prompt;
  const size = sizeFor(text.length);
  const withNotes = text.length <= mostWithNotes;
  const items = text.map<Item>((token, position) => ({
    position,
    text: visible(token),
    notes: withNotes ? [widest] : [],
    endsLine: !token.special && token.text.includes('\n'),
  }));
  const parts = [
    { name: 'Prompt', lines: linesOf(items.slice(0, promptLength), width - 24, size) },
    { name: 'Answer', lines: linesOf(items.slice(promptLength), width - 24, size) },
  ];
  const lines = parts.flatMap((part) => part.lines);
  const stop = Math.min(reached.value ?? Math.min(promptLength, text.length - 1), text.length - 1);
  useLayoutEffect(() => {
    if (isGrowing && box.current && !box.current.matches(':hover, :focus-within'))
      box.current.scrollTop = box.current.scrollHeight;
  }, [text.length]);

  /** From where it was begun to here, as far as both are of the prompt, or of the answer. */
  const extend = (from: number, to: number) => {
    const isPrompt = from < promptLength;
    const at = Math.min(Math.max(to, isPrompt ? 0 : promptLength), isPrompt ? promptLength - 1 : text.length - 1);
    const [position, end] = [Math.min(from, at), Math.max(from, at)];
    pinned.value = position === end ? { position } : { position, end };
    hovered.value = pinned.value;
    return at;
  };
  const point = (position: number) => {
    const { position: first, end } = pinned.value;
    const isInside = first !== undefined && end !== undefined && position >= first && position <= end;
    // What was chosen together is looked at together.
    hovered.value = isInside ? { position: first, end } : { position };
  };
  const go = (position: number) => {
    reached.value = position;
    cellAt(box.current, position)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: Math.min(text.length - 1, stop + 1),
      ArrowLeft: Math.max(0, stop - 1),
      ArrowDown: neighbour(lines, stop, 1),
      ArrowUp: neighbour(lines, stop, -1),
      Home: 0,
      End: text.length - 1,
    };
    const next = steps[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') pin({ position: stop });
    else if (next === undefined) return;
    else if (event.shiftKey) {
      anchor.current ??= stop;
      go(extend(anchor.current, next));
    } else {
      anchor.current = undefined;
      go(next);
    }
    event.preventDefault();
  };
  return (
    <div
      class={`strip answer-text${withNotes ? '' : ' long'}`}
      role="listbox"
      aria-label="Prompt and answer"
      aria-multiselectable="true"
      ref={box}
      style={{ '--text': `${size.text}px`, '--note': `${size.note}px` }}
      onPointerDown={(event) => {
        const position = positionOf(event.target);
        dragged.current = false;
        // A finger scrolls.
        if (position === undefined || event.pointerType === 'touch') return;
        if (!event.shiftKey) anchor.current = position;
      }}
      onPointerOver={(event) => {
        const position = positionOf(event.target);
        if (position === undefined) return;
        const isDrag = event.buttons === 1 && anchor.current !== undefined && anchor.current !== position;
        if (!isDrag) return point(position);
        dragged.current = true;
        extend(anchor.current as number, position);
      }}
      onPointerLeave={() => {
        hovered.value = {};
      }}
      onFocusIn={({ target }) => {
        const position = positionOf(target);
        if (position !== undefined) point(position);
      }}
      onFocusOut={() => {
        hovered.value = {};
      }}
      onClick={(event) => {
        const position = positionOf(event.target);
        if (position === undefined || dragged.current) return;
        reached.value = position;
        if (event.shiftKey) extend(anchor.current ?? pinned.value.position ?? position, position);
        else if (pinned.value.end !== undefined && pinned.value.position === position) letGo();
        else {
          pin({ position });
          hovered.value = { position };
        }
      }}
      onKeyDown={onKeyDown}
    >
      {parts.map(({ name, lines }) => (
        // biome-ignore lint/a11y/useSemanticElements: in a list box there are no field sets
        <div
          role="group"
          aria-label={`Tokens of the ${name.toLowerCase()}`}
          class={`of-${name.toLowerCase()}`}
          key={name}
        >
          <span class="part" aria-hidden="true">
            {name}
          </span>
          {lines.map((line) => (
            <TextLine key={line[0]?.position} line={line} shown={shown} reached={stop} />
          ))}
        </div>
      ))}
    </div>
  );
}

interface LineProps {
  readonly line: Line;
  readonly shown: ShownAnswer;
  readonly reached: number;
}

function TextLine({ line, shown, reached }: LineProps) {
  return (
    <div class="line" role="presentation" style={{ gap: `${gap}px` }}>
      {line.map(({ position = 0, width, notes }) => (
        <TextCell
          key={position}
          position={position}
          width={width}
          hasNote={notes.length > 0}
          shown={shown}
          isReached={position === reached}
        />
      ))}
    </div>
  );
}

interface CellProps {
  readonly position: number;
  readonly width: number;
  readonly hasNote: boolean;
  readonly shown: ShownAnswer;
  readonly isReached: boolean;
}

function TextCell({ position, width, hasNote, shown, isReached }: CellProps) {
  const { written, text, focus, figures, explained } = shown;
  const index = position - written.prompt.length;
  const token = text[position] as (typeof text)[number];
  const said = written.answer[index];
  const role = written.prompt[position]?.role;
  const value = figures?.values[position] ?? null;
  const isMeant = focus !== undefined && position >= focus.first && position <= focus.last;
  const { position: first, end = first } = pinned.value;
  const isChosen = first !== undefined && position >= first && position <= (end ?? first);
  const isPending = explained && said !== undefined && !written.rows[index];
  const background =
    figures && value !== null
      ? shadesOf(figures, palette.value)(value)
      : said && !figures
        ? probabilityScale(palette.value)(said.probability)
        : undefined;
  const note =
    figures && value !== null
      ? noteOf(figures, value)
      : said && !figures
        ? percent(said.probability).replaceAll(' ', '')
        : '';
  const words = [
    index < 0 ? `position ${position} of the prompt` : `token ${index} of the answer`,
    ...(role ? [`said by ${role}`] : []),
    ...(said ? [`probability ${percent(said.probability)}`] : []),
    ...(figures && value !== null ? [titleOf(figures, value)] : []),
    ...(isPending ? ['what it comes from has not come yet'] : []),
  ];
  return (
    <span
      role="option"
      class={`cell${isPending ? ' pending' : ''}`}
      data-position={position}
      data-value={value ?? undefined}
      data-meant={isMeant || undefined}
      aria-selected={isChosen}
      tabIndex={isReached ? 0 : -1}
      aria-label={[hasNote && note ? `${visible(token)} ${note}` : visible(token), ...words].join('; ')}
      title={[quoted(token), ...words].join('\n')}
      style={{ minWidth: `${width}px` }}
    >
      <span class="token" style={background ? { background, color: inkOn(background, palette.value) } : undefined}>
        {/* A space, for those who hear it and its figure one after the other. */}
        <TokenText token={token} />{' '}
      </span>
      {hasNote && <span class="note">{note}</span>}
    </span>
  );
}

function cellAt(box: HTMLElement | null, position: number): HTMLElement | null {
  return box?.querySelector<HTMLElement>(`[data-position="${position}"]`) ?? null;
}

function positionOf(target: EventTarget | null): number | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-position]') : null;
  return cell ? Number(cell.dataset.position) : undefined;
}

import { describe, expect, it } from '@jest/globals';
import { cutLine, partOf, partsOf, shownCharacters } from './cut.ts';
import { LogModel } from './log-model.ts';
import { entryText } from './log-text.ts';
import { nextError } from './next-error.ts';
import { PrefixSums } from './prefix-sums.ts';
import { RowLayout, type RowPlace } from './row-layout.ts';
import { logOf, type Told } from './testing.ts';

function modelOf(...events: Told[]): LogModel {
  const model = new LogModel();
  model.append(logOf(...events));
  return model;
}

function layoutOf(model: LogModel): RowLayout {
  const layout = new RowLayout();
  layout.rebuild(model.entries);
  return layout;
}

/** Every row as `entry.line` or `entry.line/part`. */
function rows(layout: RowLayout): string[] {
  return Array.from({ length: layout.rowCount }, (_, row) => {
    const place = layout.placeOf(row);
    return `${place?.entry}.${place?.line}${place?.part ? `/${place.part}` : ''}`;
  });
}

const command = (itemId: string, text: string): Told[] => [
  { type: 'command.started', data: { itemId, command: 'ls', cwd: '/' } },
  { type: 'command.output', data: { itemId, text } },
];

describe('PrefixSums', () => {
  it('agrees with plain sums while it grows and changes', () => {
    const sums = new PrefixSums();
    const plain: number[] = [];
    let seed = 3;
    const random = (limit: number) => (seed = (seed * 16_807) % 2_147_483_647) % limit;

    for (let step = 0; step < 600; step++) {
      const value = random(5);
      const at = random(plain.length + 1);
      if (step % 3 === 0 && at < plain.length) {
        plain[at] = value;
        sums.set(at, value);
      } else {
        plain.push(value);
        sums.push(value);
      }
    }

    const total = plain.reduce((sum, value) => sum + value, 0);
    expect(sums.total).toBe(total);
    for (let index = 0; index <= plain.length; index++) {
      expect(sums.before(index)).toBe(plain.slice(0, index).reduce((sum, value) => sum + value, 0));
    }
    const owners = plain.flatMap((value, index) => Array.from({ length: value }, () => index));
    expect(owners.map((_, offset) => sums.find(offset))).toEqual(owners);
    expect(sums.find(total)).toBe(plain.length);
  });
});

describe('RowLayout', () => {
  const model = modelOf({ type: 'warning', data: { message: 'w' } }, ...command('c', 'a\nb\nc\n'), {
    type: 'agent.message',
    data: { itemId: 'm', text: 'x\ny' },
  });

  it('opens words and leaves output folded', () => {
    expect(rows(layoutOf(model))).toEqual(['0.-1', '1.-1', '2.-1', '2.0', '2.1']);
  });

  it('opens and closes one, all, and none', () => {
    const layout = layoutOf(model);

    layout.setOpen(1, true);
    expect(rows(layout)).toEqual(['0.-1', '1.-1', '1.0', '1.1', '1.2', '2.-1', '2.0', '2.1']);
    layout.openAll('none');
    expect(rows(layout)).toEqual(['0.-1', '1.-1', '2.-1']);
    layout.openAll('all');
    expect(layout.rowCount).toBe(8);
    layout.setOpen(2, false);
    expect(rows(layout).at(-1)).toBe('2.-1');
  });

  it('hides kinds with all their rows', () => {
    const layout = layoutOf(model);

    layout.hide(new Set(['problems', 'agent']));

    expect(rows(layout)).toEqual(['1.-1']);
  });

  it('follows entries that grow', () => {
    const growing = modelOf(...command('c', 'a\n'));
    const layout = layoutOf(growing);
    layout.setOpen(0, true);
    const [, , next] = logOf(...command('c', ''), { type: 'command.output', data: { itemId: 'c', text: 'b\nc' } });

    const touched = growing.append(next ? [next] : []);
    layout.follow(growing.entries, touched);

    expect(rows(layout)).toEqual(['0.-1', '0.0', '0.1', '0.2']);
  });

  it('gives a line of which all is shown its rows, and finds each of them again', () => {
    const long = 'x'.repeat(shownCharacters * 2 + 1);
    const layout = layoutOf(modelOf(...command('c', `a\n${long}\nb\n${long}\n`)));
    layout.setOpen(0, true);
    expect(layout.rowCount).toBe(5);

    layout.showWhole(0, 3);
    layout.showWhole(0, 1);

    const expected = ['0.-1', '0.0', '0.1', '0.1/1', '0.1/2', '0.2', '0.3', '0.3/1', '0.3/2'];
    expect(rows(layout)).toEqual(expected);
    for (let row = 0; row < expected.length; row++) expect(layout.rowOf(layout.placeOf(row) as RowPlace)).toBe(row);
  });

  it('adds a note where a text was shortened', () => {
    const short = modelOf({ type: 'command.output', data: { itemId: 'c', text: 'a…', artifactId: 'x', sizeBytes: 1 } as never });
    const layout = layoutOf(short);
    layout.setOpen(0, true);

    expect(rows(layout)).toEqual(['0.-1', '0.0', '0.1']);
  });

  it('keeps what a reader chose when the log is folded anew', () => {
    const layout = layoutOf(model);
    layout.setOpen(1, true);

    layout.rebuild(modelOf({ type: 'warning', data: { message: 'w' } }, ...command('c', 'a\nb\nc\n')).entries);

    expect(layout.isOpen(1)).toBe(true);
  });
});

describe('long lines', () => {
  const text = 'a'.repeat(shownCharacters) + 'b'.repeat(shownCharacters) + 'c';
  const line = { text, spans: [{ start: 10, end: shownCharacters + 5, style: 'bold' }] };

  it('shows the beginning, and says how much is hidden', () => {
    const part = cutLine(line, null);

    expect([part.line.text.length, part.before, part.after]).toEqual([shownCharacters, 0, shownCharacters + 1]);
    expect(part.line.spans).toEqual([{ start: 10, end: shownCharacters, style: 'bold' }]);
  });

  it('shows the surroundings of a found place behind the cut', () => {
    const part = cutLine(line, text.length - 1);

    expect(part.line.text.endsWith('bc')).toBe(true);
    expect([part.before, part.after]).toEqual([shownCharacters + 1, 0]);
    expect(cutLine(line, 5).before).toBe(0);
  });

  it('shows all of it in parts that add up', () => {
    const parts = Array.from({ length: partsOf(text.length) }, (_, part) => partOf(line, part).text);

    expect(parts.map(({ length }) => length)).toEqual([shownCharacters, shownCharacters, 1]);
    expect(parts.join('')).toBe(text);
  });

  it('splits no pair in two', () => {
    const rockets = { text: `x${'🚀'.repeat(shownCharacters)}`, spans: [] };
    const parts = Array.from({ length: partsOf(rockets.text.length) }, (_, part) => partOf(rockets, part).text);

    expect(parts.every((part) => part.isWellFormed())).toBe(true);
    expect(parts.join('')).toBe(rockets.text);
  });

  it('leaves a short line alone', () => {
    expect(cutLine({ text: 'short', spans: [] }, 3)).toEqual({ line: { text: 'short', spans: [] }, start: 0, before: 0, after: 0 });
  });
});

describe('nextError', () => {
  const { entries } = modelOf(
    { type: 'error', data: { message: 'one' } },
    { type: 'warning', data: { message: 'w' } },
    { type: 'error', data: { message: 'two' } },
  );
  const shown = () => false;

  it.each([
    [null, 0],
    [0, 2],
    [1, 2],
    [2, 0],
  ])('goes from %p to %p', (from, expected) => {
    expect(nextError(entries, from, shown)).toBe(expected);
  });

  it('passes hidden ones, and finds none where none is', () => {
    expect(nextError(entries, null, (index) => index === 0)).toBe(2);
    expect(nextError(entries.slice(1, 2), null, shown)).toBeNull();
  });
});

describe('entryText', () => {
  it('writes time, place, title, result and the lines below, without colours', () => {
    const { entries } = modelOf(
      { type: 'command.started', data: { itemId: 'c', command: 'ls', cwd: '/' } },
      { type: 'command.output', data: { itemId: 'c', text: '\u001b[31mred\u001b[0m\nb…', artifactId: 'art', sizeBytes: 9 } as never },
      { type: 'command.completed', data: { itemId: 'c', exitCode: 2, durationMs: 1500 } },
    );

    expect(entries.map((entry) => entryText(entry, (id) => `/a/${id}`)).join('')).toBe(
      '1970-01-01T00:00:01.000Z #1 [command] ls (exit 2, 1.5 s)\n    red\n    b…\n    [shortened: 9 bytes; the whole is at /a/art]\n',
    );
  });
});

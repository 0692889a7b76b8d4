import { describe, expect, it } from '@jest/globals';
import { TerminalText } from './terminal-text.ts';

function linesOf(...chunks: string[]) {
  const text = new TerminalText();
  for (const chunk of chunks) text.write(chunk);
  return Array.from({ length: text.lineCount }, (_, index) => text.line(index));
}

function textsOf(...chunks: string[]): string[] {
  return linesOf(...chunks).map(({ text }) => text);
}

/** The line with its styled parts in brackets: `a<fg-red>{b}c`. */
function marked(...chunks: string[]): string[] {
  return linesOf(...chunks).map(({ text, spans }) => {
    let at = 0;
    let shown = '';
    for (const { start, end, style } of spans) {
      shown += `${text.slice(at, start)}<${style}>{${text.slice(start, end)}}`;
      at = end;
    }
    return shown + text.slice(at);
  });
}

describe('lines', () => {
  it.each<[string, string[], string[]]>([
    ['nothing', [''], []],
    ['a line without its end', ['a'], ['a']],
    ['a line with its end', ['a\n'], ['a']],
    ['empty lines between', ['a\n\n\nb'], ['a', '', '', 'b']],
    ['line ends of Windows', ['a\r\nb\r\n'], ['a', 'b']],
    ['a line end cut in two', ['a\r', '\nb'], ['a', 'b']],
    ['several returns before a line feed', ['a\r\r\nb'], ['a', 'b']],
    ['a line in pieces', ['he', 'll', 'o\nwor', 'ld'], ['hello', 'world']],
    ['tabs stay', ['a\tb'], ['a\tb']],
    ['other scripts and pairs stay', ['日本\ud83d', '\ude80'], ['日本🚀']],
  ])('%s', (_name, chunks, expected) => {
    expect(textsOf(...chunks)).toEqual(expected);
  });
});

describe('writing over', () => {
  it.each<[string, string, string[]]>([
    ['a progress bar', ' 10%\r 50%\r100%\ndone', ['100%', 'done']],
    ['a shorter text leaves the rest', '100%\rok', ['ok0%']],
    ['erasing to the end of the line', 'downloading\r\u001b[Kdone', ['done']],
    ['erasing the whole line', 'downloading\u001b[2K\rdone', ['done       ']],
    ['erasing up to the cursor', 'abcd\u001b[3G\u001b[1K', ['   d']],
    ['a return at the end erases nothing', '100%\r', ['100%']],
    ['backspaces', 'abc\b\bX', ['aXc']],
    ['backspaces at the beginning', '\b\b\ba', ['a']],
    ['a backspace passes a whole pair', 'a🚀\bb', ['ab']],
    ['a spinner', '|\b/\b-\b\\\b \n', [' ']],
    ['to a column', 'abcdef\u001b[3GX', ['abXdef']],
    ['to the right over nothing', 'a\u001b[3Cb', ['a   b']],
    ['to the left', 'abc\u001b[2DX', ['aXc']],
  ])('%s', (_name, text, expected) => {
    expect(textsOf(text)).toEqual(expected);
  });

  it('begins a new line when a very long one is returned to, so that its cost stays small', () => {
    const long = 'x'.repeat(5000);

    expect(textsOf(`${long}\rnext\n`)).toEqual([long, 'next']);
  });

  it('takes a line of 200,000 backspaces', () => {
    expect(textsOf(`abc${'\bx'.repeat(200_000)}`)).toEqual(['abx']);
  });

  it('lets a line that was written over grow without bound', () => {
    const [line] = linesOf('12%\r', '\u001b[31mx'.repeat(9000), '\u001b[0m.');

    expect(line?.text).toBe(`${'x'.repeat(9000)}.`);
    expect(line?.spans).toEqual([{ start: 0, end: 9000, style: 'fg-red' }]);
  });
});

describe('styles', () => {
  it.each<[string, string, string[]]>([
    ['a colour and its end', 'a\u001b[31mb\u001b[0mc', ['a<fg-red>{b}c']],
    ['an empty sequence ends all', '\u001b[1;32mok\u001b[m.', ['<fg-green bold>{ok}.']],
    ['a style goes on over lines', '\u001b[33ma\nb\u001b[39m\nc', ['<fg-yellow>{a}', '<fg-yellow>{b}', 'c']],
    ['bright ones as their plain ones', '\u001b[94mx', ['<fg-blue>{x}']],
    ['a background', '\u001b[41;37mFAIL\u001b[49m x', ['<fg-white bg-red>{FAIL}<fg-white>{ x}']],
    ['decorations', '\u001b[1;2;3;4;7;9mx', ['<bold dim italic underline inverse strike>{x}']],
    ['hidden text is shown', '\u001b[8msecret', ['secret']],
    ['the palette', '\u001b[38;5;196mr\u001b[38;5;46mg\u001b[38;5;240mk', ['<fg-red>{r}<fg-green>{g}<fg-black>{k}']],
    ['true colours', '\u001b[38;2;250;180;20my\u001b[48;2;10;10;200mb', ['<fg-yellow>{y}<fg-yellow bg-blue>{b}']],
    ['a style survives being written over', '\u001b[31mabc\u001b[0m\rX', ['X<fg-red>{bc}']],
    ['a decoration that is repeated', `${'\u001b[1m'.repeat(50)}x\u001b[22my`, ['<bold>{x}y']],
  ])('%s', (_name, text, expected) => {
    expect(marked(text)).toEqual(expected);
  });
});

describe('what would act on a reader', () => {
  it.each<[string, string, string[]]>([
    ['titles and links are dropped', '\u001b]0;title\u0007a\u001b]8;;http://x\u001b\\b', ['ab']],
    ['cursor moves between lines are dropped', 'a\u001b[2Ab\u001b[2J\u001b[?25lc', ['abc']],
    ['character sets are dropped', '\u001b(Ba\u001b=b', ['ab']],
    ['a bell is dropped', 'a\u0007b', ['ab']],
    ['a title ends with its line', '\u001b]0;a\nb\u001b]\u001b[1mc', ['␛]0;a', 'b␛]c']],
    ['a jump far to the right is cut', '\u001b[3000Cx', [`${' '.repeat(200)}x`]],
    ['a lone escape is shown', 'a\u001b\nb', ['a␛', 'b']],
    ['other controls are shown', 'a\u0000b\u007fc\u009bd', ['a␀b␡c<U+009B>d']],
    ['directions are shown', 'a\u202eb\u2066c', ['a<U+202E>b<U+2066>c']],
    ['a sequence without end is shown', `\u001b[${'1;'.repeat(300)}`, [`␛[${'1;'.repeat(300)}`]],
    ['a title without end is shown', `\u001b]${'t'.repeat(5000)}`, [`␛]${'t'.repeat(5000)}`]],
    ['markup stays text', '<img src=x onerror=alert(1)>', ['<img src=x onerror=alert(1)>']],
  ])('%s', (_name, text, expected) => {
    expect(textsOf(text)).toEqual(expected);
  });
});

describe('pieces', () => {
  const samples = [
    'plain\nlines\r\nhere\n',
    ' 10%\r\u001b[K 50%\r\u001b[K100%\n\u001b[1;31mred\u001b[0m rest\u001b]0;t\u001b\\!\n',
    'ab\b\bX\u001b[2Kz\u001b[38;2;1;2;250mblue\n\u001b[48;5;9m🚀\u202e\u0000\u001b(B.',
    `${'\u001b]'.padEnd(4097, 't')}end\u001b[${'9'.repeat(257)}m`,
  ];

  it.each(samples.map((sample) => [sample.slice(0, 20), sample]))('give the same lines wherever they are cut: %j', (_name, sample) => {
    const whole = linesOf(sample);

    for (let cut = 1; cut < Math.min(sample.length, 200); cut++) {
      expect(linesOf(sample.slice(0, cut), sample.slice(cut))).toEqual(whole);
    }
    expect(linesOf(...sample)).toEqual(whole);
  });

  it('shows a line while it is written, and again when it has grown', () => {
    const text = new TerminalText();

    text.write('he');
    const before = text.line(0).text;
    text.write('llo');

    expect([before, text.line(0).text, text.settledCount]).toEqual(['he', 'hello', 0]);
  });
});

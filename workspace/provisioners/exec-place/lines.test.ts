import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { linesOf } from './lines.ts';

function connection(): Duplex {
  const duplex = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  duplex.on('error', () => undefined);
  return duplex;
}

async function read(duplex: Duplex): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(duplex)) lines.push(line);
  return lines;
}

describe('the lines of a connection', () => {
  it('are whole, in whatever pieces they come', async () => {
    const duplex = connection();
    const bytes = Buffer.from('eins\n\nzwölf\nthree');
    for (const byte of bytes) duplex.push(Buffer.from([byte]));
    duplex.push(null);

    expect(await read(duplex)).toEqual(['eins', '', 'zwölf']);
  });

  it.each([
    ['is closed', undefined],
    ['breaks', new Error('read ECONNRESET')],
  ])('end when it %s while more is waited for', async (_, error) => {
    const duplex = connection();
    duplex.push('first\nsec');
    const reading = read(duplex);
    await sleep(10);

    duplex.destroy(error);

    expect(await reading).toEqual(['first']);
  });

  it('are refused where one of them has no end', async () => {
    const duplex = connection();
    const reading = linesOf(duplex, 10);
    duplex.push('12345\n1234567890');

    expect(await reading.next()).toMatchObject({ value: '12345' });
    const next = reading.next();
    duplex.push('1');

    await expect(next).rejects.toMatchObject({ code: 'tampered' });
  });

  it('end at once where it was closed before', async () => {
    const duplex = connection();
    duplex.destroy();

    expect(await read(duplex)).toEqual([]);
  });
});

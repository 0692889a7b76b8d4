import { describe, expect, it } from '@jest/globals';
import { judgeFailure } from './not-reached.ts';

const of = (syscall: string) => Object.assign(new Error(`${syscall} failed`), { syscall });

describe('a request that failed', () => {
  it.each<[string, unknown, boolean, string]>([
    ['to connect was not sent', of('connect'), true, 'connect failed'],
    ['to find the host was not sent', of('getaddrinfo'), true, 'getaddrinfo failed'],
    ['to connect to every address of a name was not sent', new AggregateError([of('connect'), of('connect')]), true, 'connect failed'],
    ['in another way at one of them may have been', new AggregateError([of('connect'), of('read')]), false, 'connect failed'],
    ['while it was read may have been', of('read'), false, 'read failed'],
    ['for no known reason may have been', new AggregateError([], 'nothing'), false, 'nothing'],
  ])('%s', (_what, error, wasNotReached, message) => {
    expect(judgeFailure(error)).toMatchObject({ wasNotReached, reason: { message } });
  });
});

import { describe, expect, it } from '@jest/globals';
import { mayPass } from './named.ts';

describe('a pull that failed', () => {
  it.each([
    ['Get "https://registry.example.org/v2/": net/http: request canceled (Client.Timeout exceeded)', true],
    ['dial tcp 10.0.0.1:443: connect: connection refused', true],
    ['received unexpected HTTP status: 503 Service Unavailable', true],
    ['toomanyrequests: You have reached your pull rate limit', true],
    ['unexpected EOF', true],
    ['the daemon said nothing for 5 minutes', true],
    ['manifest for team/tools:9 not found: manifest unknown', false],
    ['pull access denied for team/tools, repository does not exist or may require docker login', false],
    ['(HTTP code 500) server error - Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host', false],
  ])('because of "%s" is worth another try: %s', (problem, expected) => {
    expect(mayPass(problem)).toBe(expected);
  });
});

import { describe, expect, it } from '@jest/globals';
import { serviceOrder } from './service-order.ts';

describe('services', () => {
  it.each<[string, string, string[], string[]]>([
    [
      'on sockets are called as they rank, then the configured one',
      'unix:/s/c',
      ['unix:/s/b', 'unix:/s/a'],
      ['unix:/s/b', 'unix:/s/a', 'unix:/s/c'],
    ],
    ['are called once each', 'unix:/s/a', ['unix:/s/b', 'unix:/s/a'], ['unix:/s/b', 'unix:/s/a']],
    ['come after a URL that was configured', 'http://c:1', ['http://a:1', 'http://c:1'], ['http://c:1', 'http://a:1']],
    ['behind a TLS proxy are not called in clear', 'https://proxy', ['http://a:1', 'unix:/s/a'], ['https://proxy']],
    [
      'of no host in particular are not called',
      'http://c:1',
      ['http://0.0.0.0:1', 'http://[::]:1', 'http://0:1', 'http://a:1'],
      ['http://c:1', 'http://a:1'],
    ],
    ['that are not of this machine are not called where it has a socket', 'unix:/s/c', ['http://a:1'], ['unix:/s/c']],
  ])('%s', (_what, configured, ranked, order) => {
    expect(serviceOrder(configured, ranked)).toEqual(order);
  });
});

import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { isAway } from '../../away.ts';
import { dockerFailure, statusOf } from './failure.ts';

describe('dockerFailure', () => {
  const said = (message: string, more: object = {}) => Object.assign(new Error(message), more);

  it.each<[string, Error, string, RegExp]>([
    ['a socket that is not ours', said('connect EACCES', { code: 'EACCES' }), 'docker-forbidden', /join the group docker/],
    ['a daemon that went away', said('socket hang up', { code: 'ECONNRESET' }), 'docker-unreachable', /start it/],
    ['a daemon that went away, of this machine', said('x', { code: 'ECONNREFUSED' }), 'docker-unreachable', /PROVISIONER=local/],
    ['a full disk', said('(HTTP code 500) write /x: no space left on device', { statusCode: 500 }), 'docker-disk-full', /free space/],
    ['an image that is gone', said('(HTTP code 404) No such image: a:1', { statusCode: 404 }), 'docker-image', /makes it again/],
    [
      'an image without a program',
      said('(HTTP code 400) exec: "/opt/astraforge/bin/node": stat: no such file or directory', { statusCode: 400 }),
      'docker-image',
      /lacks a program/,
    ],
    ['a host without a name', said('getaddrinfo ENOTFOUND x', { code: 'ENOTFOUND' }), 'docker-unreachable', /correct DOCKER_HOST/],
    ['a network that is away', said('connect', { code: 'EHOSTUNREACH' }), 'docker-unreachable', /does not answer/],
    [
      'an authority that is not ours',
      said('self-signed certificate in certificate chain', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
      'docker-certificate',
      /ca\.pem does not vouch for/,
    ],
    [
      'a certificate of another host',
      said("Hostname/IP does not match certificate's altnames", { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      'docker-certificate',
      /correct DOCKER_HOST/,
    ],
    [
      'a certificate of ours that is not taken',
      said('write EPROTO: SSL alert number 42: bad certificate', { code: 'EPROTO' }),
      'docker-certificate',
      /does not take our certificate/,
    ],
    [
      'one that asks for a certificate',
      said('tlsv13 alert certificate required', { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }),
      'docker-certificate',
      /does not take our certificate/,
    ],
    [
      'one without TLS',
      said('wrong version number', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }),
      'docker-certificate',
      /does not speak TLS .*correct the port/,
    ],
    [
      'one with TLS',
      said('(HTTP code 400) Client sent an HTTP request to an HTTPS server.', { statusCode: 400 }),
      'docker-certificate',
      /set DOCKER_CERT_PATH/,
    ],
    ['anything else', said('(HTTP code 500) boom', { statusCode: 500 }), 'docker', /refused: .*boom/],
  ])('tells %s', (_, error, code, words) => {
    const failure = dockerFailure('workspace', error, '/run/docker.sock');

    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
    expect(failure.message).toMatch(/^workspace: /);
    expect(isAway(failure)).toBe(/^docker(-unreachable|-certificate|)$/.test(code));
  });

  it('leaves what was told already as it is', () => {
    const told = new DomainError('permanent', 'isolation', 'workspace: no');

    expect(dockerFailure('watch', told, '/run/docker.sock')).toBe(told);
  });

  it('takes a firewall before a daemon of another machine for a daemon that is away', () => {
    const failure = dockerFailure('watch', said('connect EACCES', { code: 'EACCES' }), 'build.example:2376');

    expect(failure).toMatchObject({ code: 'docker-unreachable', kind: 'transient' });
  });

  it('sends nobody from a daemon of another machine to this one: its runs go on there', () => {
    const { message } = dockerFailure('watch', said('x', { code: 'ECONNREFUSED' }), 'build.example:2376');

    expect(message).toContain('start it, or its tunnel');
    expect(message).not.toContain('PROVISIONER');
  });
});

describe('statusOf', () => {
  it('is null where nobody answered', () => {
    expect(statusOf(new Error('x'))).toBeNull();
    expect(statusOf(Object.assign(new Error('x'), { statusCode: 404 }))).toBe(404);
  });
});

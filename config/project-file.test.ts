import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../workflows/contracts/errors.ts';
import { mergeProject, parseProjectFile } from './project-file.ts';

function failureOf(text: string): DomainError {
  try {
    parseProjectFile(text);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parseProjectFile', () => {
  it('takes checks as plain commands and as named ones', () => {
    const file = parseProjectFile('setup: [npm ci, npm run build]\nchecks:\n  - npm test\n  - {name: lint, command: npm run lint}\n');

    expect(file?.setup).toBe('npm ci && npm run build');
    expect(file?.checks).toEqual([
      { name: 'npm test', command: 'npm test' },
      { name: 'lint', command: 'npm run lint' },
    ]);
  });

  it('answers null for no file and defaults for an empty one', () => {
    expect(parseProjectFile(null)).toBeNull();
    expect(parseProjectFile('')).toEqual({ image: null, setup: null, checks: [], services: [] });
  });

  it.each([
    ['gates', 'gates: {patch: {required: 0}}', 'gates'],
    ['secrets', 'secrets: {TOKEN: x}', 'secrets'],
    ['egress', 'egress: {allow: ["*"]}', 'egress'],
    ['a wrong type', 'checks: 3', 'checks'],
    ['an image that is none', 'image: https://example.org/x', 'image'],
    ['a service on the door of the gateway', 'services: [{name: a, image: b, port: 8787}]', 'services.0.port'],
    ['a service without a port', 'services: [{name: a, image: b}]', 'services.0.port'],
    ['two services of one name', 'services: [{name: a, image: b, port: 1}, {name: a, image: b, port: 2}]', 'services.1.name'],
    ['two services on one port', 'services: [{name: a, image: b, port: 1}, {name: c, image: b, port: 1}]', 'services.1.port'],
    ['a variable that is none', 'services: [{name: a, image: b, port: 1, env: {"A B": x}}]', 'services.0.env.A B'],
    ['the id of an image', 'image: 3f2a9c1bd0e4', 'image'],
    ['an image of this machine', 'image: 127.0.0.1:8200/a/b', 'image'],
    ['a service from a private network', 'services: [{name: a, image: 169.254.169.254/b, port: 1}]', 'services.0.image'],
    ['an unknown field', 'steup: npm ci', '(file)'],
    ['two checks of one name', 'checks: [npm test, npm test]', 'checks'],
  ])('refuses %s and names the field', (_name, text, field) => {
    const failure = failureOf(text);

    expect(failure.code).toBe('project-file-invalid');
    expect(failure.kind).toBe('permanent');
    expect(failure.details['fields']).toEqual(expect.arrayContaining([expect.objectContaining({ field })]));
  });

  it.each([
    ['no YAML', 'checks: [}'],
    ['an alias bomb', 'a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]'],
    ['a huge file', `setup: ${'x'.repeat(70_000)}`],
    ['a list', '- a'],
  ])('refuses %s', (_name, text) => {
    expect(failureOf(text).code).toBe('project-file-invalid');
  });
});

describe('mergeProject', () => {
  it('takes the services of the file, else those of the settings', () => {
    const settings = { setup: null, checks: [], services: [{ name: 'db', image: 'postgres:16', port: 5432, env: {} }] };

    expect(mergeProject(settings, parseProjectFile('services: [{name: cache, image: "redis:7", port: 6379}]')).services).toEqual([
      { name: 'cache', image: 'redis:7', port: 6379, env: {} },
    ]);
    expect(mergeProject(settings, parseProjectFile('setup: x')).services).toEqual(settings.services);
    expect(mergeProject(settings, null).services).toEqual(settings.services);
  });

  it('takes the image of the file, else that of the settings', () => {
    const settings = { setup: null, checks: [], image: 'of/settings:1' };

    expect(mergeProject(settings, parseProjectFile('image: of/file:1')).image).toBe('of/file:1');
    expect(mergeProject(settings, parseProjectFile('setup: x')).image).toBe('of/settings:1');
    expect(mergeProject(settings, null).image).toBe('of/settings:1');
    expect(mergeProject({ setup: null, checks: [] }, null).image).toBeNull();
  });

  it('lets the file replace checks by name and keeps the others', () => {
    const settings = {
      setup: 'make deps',
      checks: [
        { name: 'test', command: 'make test' },
        { name: 'lint', command: 'make lint' },
      ],
    };

    const merged = mergeProject(settings, parseProjectFile('checks: [{name: test, command: npm test}]'));

    expect(merged.setup).toBe('make deps');
    expect(merged.checks).toEqual([
      { name: 'lint', command: 'make lint' },
      { name: 'test', command: 'npm test' },
    ]);
  });
});

import { formsOf } from '../../../config/secret-forms.ts';
import type { ProjectSecret } from '../../../workflows/contracts/project-secret.ts';

/** Looks for the values of secrets, in any of their forms, in bytes that come in pieces. */
export interface SecretFinder {
  /** Forgets what came before: the next piece begins something new. */
  restart(): void;
  /** The names of those that this piece made whole since the last restart. */
  take(bytes: Buffer): string[];
}

/** Bytes are compared as latin1, one character each. A single line of a value of several does not count: it may be anybody's. */
export function createSecretFinder(secrets: readonly ProjectSecret[]): SecretFinder {
  const wanted = secrets.map(({ name, value }) => ({ name, forms: wholeForms(value) }));
  const longest = Math.max(1, ...wanted.flatMap(({ forms }) => forms.map((form) => form.length)));
  let carried = '';
  let found = new Set<string>();
  return {
    restart() {
      carried = '';
      found = new Set();
    },
    take(bytes) {
      const text = carried + bytes.toString('latin1');
      carried = text.slice(Math.max(0, text.length - longest + 1));
      const now = wanted.filter(({ name, forms }) => !found.has(name) && forms.some((form) => text.includes(form))).map(({ name }) => name);
      for (const name of now) found.add(name);
      return now;
    },
  };
}

function wholeForms(value: string): string[] {
  const trimmed = value.trim();
  const parts = new Set(value.split(/\r\n|\r|\n/).map((line) => line.trim()));
  const isWhole = (form: string) => form === value || form === trimmed || !parts.has(form);
  return formsOf(value)
    .filter(isWhole)
    .map((form) => Buffer.from(form, 'utf8').toString('latin1'));
}

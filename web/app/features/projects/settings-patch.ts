import type { Schemas } from '~/lib/api.ts';
import { imageName } from '../../../../workflows/contracts/workspace.ts';
import { readServices } from './service-lines.ts';
import { allowLines, type GateDraft, type SettingsDraft } from './settings-draft.ts';

type Settings = Schemas['ProjectSettings'];

/** What is wrong, by field. A field is named as the API names it (`checks.0.command`, `gates.plan.required`, `wallClockMs`). */
export type FieldErrors = Readonly<Record<string, string>>;

/** The body to send, or what is wrong with the draft. */
export type PatchResult = { ok: true; body: { defaultBranch: string; settings: Settings } } | { ok: false; errors: FieldErrors };

const minuteMs = 60_000;
const dayMs = 86_400_000;
const hostEntry = /^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?(:\d{1,5})?$/i;

/** Collects what is wrong while the draft is read. */
class Reader {
  readonly errors: Record<string, string> = {};

  refuse(field: string, message: string): void {
    this.errors[field] ??= message;
  }

  number(field: string, text: string, allowed: { min: number; max: number; whole?: boolean }): number {
    const value = text.trim() === '' ? Number.NaN : Number(text.replace(',', '.'));
    if (!Number.isFinite(value) || value < allowed.min || value > allowed.max || (allowed.whole && !Number.isInteger(value))) {
      this.refuse(field, `Enter ${allowed.whole ? 'a whole number' : 'a number'} from ${allowed.min} to ${allowed.max}.`);
    }
    return value;
  }
}

/** Reads the draft into the API's body. Limits are those of the API's schema. */
export function patchOf(draft: SettingsDraft): PatchResult {
  const read = new Reader();
  const minutes = (field: string, text: string, max: number) => Math.round(read.number(field, text, { min: 0.02, max }) * minuteMs);
  const settings: Settings = {
    gates: { plan: gateOf(read, 'gates.plan', draft.planGate), patch: gateOf(read, 'gates.patch', draft.patchGate) },
    planFirst: draft.planFirst,
    review: draft.review,
    executor: orNull(draft.executor),
    model: orNull(draft.model),
    effort: orNull(draft.effort),
    image: imageOf(read, draft.image),
    services: servicesOf(read, draft.services),
    setup: orNull(draft.setup),
    warmWorkspaces: read.number('warmWorkspaces', draft.warmWorkspaces, { min: 0, max: 5, whole: true }),
    checks: checksOf(read, draft),
    checkTimeoutMs: minutes('checkTimeoutMs', draft.checkTimeout, 24 * 60),
    repairTurns: read.number('repairTurns', draft.repairTurns, { min: 0, max: 5, whole: true }),
    tokenBudget:
      draft.tokenBudget.trim() === ''
        ? null
        : read.number('tokenBudget', draft.tokenBudget, { min: 0, max: 1_000_000_000_000, whole: true }),
    wallClockMs: minutes('wallClockMs', draft.wallClock, 7 * 24 * 60),
    inactivityMs: minutes('inactivityMs', draft.inactivity, 7 * 24 * 60),
    gateExpiryMs:
      draft.gateExpiry.trim() === '' ? null : Math.round(read.number('gateExpiryMs', draft.gateExpiry, { min: 0.01, max: 365 }) * dayMs),
    egress: { presets: draft.presets, allow: hostsOf(read, draft.allow) },
    submodules: allowLines(draft.submodules),
    signOff: draft.signOff,
    signingKeyFile: orNull(draft.signingKeyFile),
  };
  if (draft.defaultBranch.trim() === '') read.refuse('defaultBranch', 'Name a branch.');
  if (Object.keys(read.errors).length > 0) return { ok: false, errors: read.errors };
  return { ok: true, body: { defaultBranch: draft.defaultBranch.trim(), settings } };
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

function imageOf(read: Reader, text: string): string | null {
  const image = orNull(text);
  if (image !== null && !imageName.test(image))
    read.refuse('image', `${image} is no image: write [registry/]name[:tag] or [registry/]name@sha256:digest.`);
  return image;
}

function servicesOf(read: Reader, text: string): NonNullable<Settings['services']> {
  const { services, problem } = readServices(allowLines(text));
  if (problem !== null) read.refuse('services', problem);
  return services;
}

function gateOf(read: Reader, field: string, draft: GateDraft): Settings['gates']['plan'] {
  if (draft.roles.length === 0) read.refuse(`${field}.roles`, 'Choose at least one role.');
  const required = read.number(`${field}.required`, draft.required, { min: 0, max: 20, whole: true });
  return { required, roles: draft.roles, requesterMayVote: draft.requesterMayVote };
}

function checksOf(read: Reader, { checks }: SettingsDraft): Settings['checks'] {
  const names = checks.map(({ name }) => name.trim());
  checks.forEach(({ command }, index) => {
    const name = names[index] ?? '';
    if (name === '') read.refuse(`checks.${index}.name`, 'Give the check a name.');
    else if (names.indexOf(name) !== index) read.refuse(`checks.${index}.name`, `Another check is named ${name}.`);
    if (command.trim() === '') read.refuse(`checks.${index}.command`, 'Enter the command to run.');
  });
  return checks.map(({ command }, index) => ({ name: names[index] ?? '', command: command.trim() }));
}

function hostsOf(read: Reader, text: string): string[] {
  const lines = allowLines(text);
  const wrong = lines.find((line) => !hostEntry.test(line));
  if (wrong !== undefined) read.refuse('egress.allow', `${wrong} is no host: write a name or *.name, with :port unless it is 443.`);
  return lines;
}

/** The API's errors by field, without the part of the path that only the API knows. */
export function fieldErrors(errors: readonly { path: string; message: string }[] | undefined): FieldErrors {
  const byField: Record<string, string> = {};
  for (const { path, message } of errors ?? []) byField[path.replace(/^settings\./, '')] ??= message;
  return byField;
}

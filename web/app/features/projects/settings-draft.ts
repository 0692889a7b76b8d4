import type { Schemas } from '~/lib/api.ts';
import { serviceLine } from './service-lines.ts';

type Project = Schemas['Project'];
type Settings = Schemas['ProjectSettings'];
type Role = Schemas['Role'];

/** One check while it is edited; `key` keeps its row when others move. */
export interface CheckDraft {
  key: string;
  name: string;
  command: string;
}

/** A gate while it is edited. */
export interface GateDraft {
  required: string;
  roles: Role[];
  requesterMayVote: boolean;
}

/** The settings as a person edits them: numbers as text in the units of the page, an empty text for "the default". */
export interface SettingsDraft {
  defaultBranch: string;
  planGate: GateDraft;
  patchGate: GateDraft;
  planFirst: boolean;
  review: boolean;
  executor: string;
  model: string;
  effort: string;
  image: string;
  /** One service a line. */
  services: string;
  setup: string;
  warmWorkspaces: string;
  checks: CheckDraft[];
  /** Minutes. */
  checkTimeout: string;
  wallClock: string;
  inactivity: string;
  repairTurns: string;
  /** Empty: any number. */
  tokenBudget: string;
  /** Days; empty: a gate never expires. */
  gateExpiry: string;
  presets: string[];
  /** One host a line. */
  allow: string;
  /** One repository a line. */
  submodules: string;
  signOff: boolean;
  signingKeyFile: string;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The draft that shows what the project has now. */
export function draftOf({ defaultBranch, settings }: Pick<Project, 'defaultBranch' | 'settings'>): SettingsDraft {
  return {
    defaultBranch,
    planGate: gateDraft(settings.gates.plan),
    patchGate: gateDraft(settings.gates.patch),
    planFirst: settings.planFirst,
    review: settings.review,
    executor: settings.executor ?? '',
    model: settings.model ?? '',
    effort: settings.effort ?? '',
    image: settings.image ?? '',
    services: (settings.services ?? []).map(serviceLine).join('\n'),
    setup: settings.setup ?? '',
    warmWorkspaces: String(settings.warmWorkspaces ?? 0),
    checks: settings.checks.map((check, index) => ({ key: `saved-${index}`, ...check })),
    checkTimeout: inUnits(settings.checkTimeoutMs, minuteMs),
    wallClock: inUnits(settings.wallClockMs, minuteMs),
    inactivity: inUnits(settings.inactivityMs, minuteMs),
    repairTurns: String(settings.repairTurns),
    tokenBudget: String(settings.tokenBudget ?? ''),
    gateExpiry: settings.gateExpiryMs === null ? '' : inUnits(settings.gateExpiryMs, dayMs),
    presets: settings.egress.presets,
    allow: settings.egress.allow.join('\n'),
    submodules: (settings.submodules ?? []).join('\n'),
    signOff: settings.signOff,
    signingKeyFile: settings.signingKeyFile ?? '',
  };
}

function gateDraft(rule: Settings['gates']['plan']): GateDraft {
  return { required: String(rule.required), roles: [...rule.roles], requesterMayVote: rule.requesterMayVote };
}

/** At most three decimals: 0.5 minutes are 30 s. */
function inUnits(ms: number, unitMs: number): string {
  return String(Math.round((ms / unitMs) * 1000) / 1000);
}

/** True when saving would change something. Rows that only moved back and forth, and blanks at the ends, are no change. */
export function isChanged(draft: SettingsDraft, project: Pick<Project, 'defaultBranch' | 'settings'>): boolean {
  return comparable(draft) !== comparable(draftOf(project));
}

function comparable(draft: SettingsDraft): string {
  const checks = draft.checks.map(({ name, command }) => [name.trim(), command.trim()]);
  const roles = (gate: GateDraft) => ({ ...gate, required: gate.required.trim(), roles: gate.roles.toSorted() });
  const planGate = roles(draft.planGate);
  const patchGate = roles(draft.patchGate);
  const lines = { allow: allowLines(draft.allow), submodules: allowLines(draft.submodules), services: allowLines(draft.services) };
  return JSON.stringify({ ...draft, checks, planGate, patchGate, ...lines, presets: draft.presets.toSorted() });
}

/** The entries of a text field, one a line, without blanks. */
export function allowLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Moves one row of a list up or down; the list itself when there is no such place. */
export function moveRow<T>(rows: readonly T[], index: number, by: 1 | -1): T[] {
  const moved = [...rows];
  const target = index + by;
  const row = moved[index];
  const other = moved[target];
  if (row === undefined || other === undefined) return moved;
  moved[index] = other;
  moved[target] = row;
  return moved;
}

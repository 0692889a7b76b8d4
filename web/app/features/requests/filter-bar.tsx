import { Form, useSubmit } from '@remix-run/react';
import { ChevronDownIcon, SearchIcon, SlidersHorizontalIcon } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { Button } from '~/components/ui/button.tsx';
import { DropdownMenu, DropdownMenuCheckboxItem, DropdownMenuContent, DropdownMenuTrigger } from '~/components/ui/dropdown-menu.tsx';
import { Input } from '~/components/ui/input.tsx';
import { NativeSelect } from '~/components/ui/native-select.tsx';
import { cn } from '~/lib/cn.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import { describeStage } from '~/lib/stages.ts';
import { filtersToQuery, type RequestFilters } from './filters.ts';
import { personAwaits, type Stage, stages } from './stages.ts';

const applyAfterMs = 300;

export interface FilterBarProps {
  filters: RequestFilters;
  projects: readonly { projectId: string; name: string }[];
  people: readonly { id: string; name: string }[];
}

/** What the list shows. Everything chosen here is in the page's address; without scripts a button applies it. */
export function FilterBar({ filters, projects, people }: FilterBarProps) {
  const submit = useSubmit();
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const count = Object.keys(filtersToQuery({ ...filters, text: '' })).length;
  const apply = (change: Partial<RequestFilters>) =>
    submit(filtersToQuery({ ...filters, ...change }), { method: 'get', action: '/requests', preventScrollReset: true });
  return (
    <Form method="get" action="/requests" role="search" aria-label="Filter requests" className="flex flex-wrap items-center gap-2">
      <TextFilter text={filters.text} onApply={(text) => apply({ text })} />
      <Button variant="outline" className="sm:hidden" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        <SlidersHorizontalIcon aria-hidden />
        Filters{count > 0 && ` (${count})`}
      </Button>
      <div id={id} className={cn('contents', !isOpen && 'max-sm:hidden')}>
        <Choice
          name="state"
          label="State"
          value={filters.state ?? ''}
          options={[
            ['', 'Open and closed'],
            ['open', 'Open'],
            ['closed', 'Closed'],
          ]}
          onChange={(state) => apply({ state: state === 'open' || state === 'closed' ? state : null })}
        />
        <StageFilter chosen={filters.stages} onChange={(chosen) => apply({ stages: chosen })} />
        <Choice
          name="awaiting"
          label="Waiting"
          value={
            filters.awaiting.length === 0
              ? ''
              : personAwaits.every((kind) => filters.awaiting.includes(kind))
                ? personAwaits.join(',')
                : filters.awaiting.join(',')
          }
          options={[
            ['', 'Waiting or not'],
            [personAwaits.join(','), 'Needs a person'],
            ['plan-approval,patch-approval', 'Needs approval'],
            ['answer', 'Needs an answer'],
            ['merge', 'Ready to merge'],
            ['slot', 'Queued'],
          ]}
          onChange={(kinds) => apply({ awaiting: kinds === '' ? [] : (kinds.split(',') as RequestFilters['awaiting']) })}
        />
        <Choice
          name="project"
          label="Project"
          value={
            projects.find(({ projectId, name }) => projectId === filters.project || name === filters.project)?.projectId ??
            filters.project ??
            ''
          }
          options={[['', 'All projects'], ...projects.map(({ projectId, name }) => [projectId, name] as const)]}
          onChange={(project) => apply({ project: project === '' ? null : project })}
        />
        <Choice
          name="requester"
          label="Person"
          value={filters.requester ?? ''}
          options={[['', 'Everybody'], ['me', 'Me'], ...people.map(({ id, name }) => [id, name] as const)]}
          onChange={(requester) => apply({ requester: requester === '' ? null : requester })}
        />
      </div>
      <noscript>
        <Button type="submit" variant="outline">
          Apply
        </Button>
      </noscript>
    </Form>
  );
}

function TextFilter({ text, onApply }: { text: string; onApply: (text: string) => void }) {
  const [value, setValue] = useState(text);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const applied = useRef(text);
  useShortcut('/', 'Search in the list', () => input.current?.focus(), { group: 'List of requests' });
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    // Somebody followed a link or went back; what is being typed stays.
    if (text !== applied.current) setValue(text);
    applied.current = text;
  }, [text]);

  function change(next: string): void {
    setValue(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      applied.current = next.trim();
      onApply(next);
    }, applyAfterMs);
  }

  return (
    <div className="relative min-w-0 flex-1 sm:w-64 sm:flex-none">
      <SearchIcon className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted-foreground" aria-hidden />
      <Input
        ref={input}
        type="search"
        name="text"
        aria-label="Title or prompt"
        placeholder="Title or prompt"
        value={value}
        maxLength={200}
        className="pl-8"
        onChange={(event) => change(event.currentTarget.value)}
      />
    </div>
  );
}

interface ChoiceProps {
  name: string;
  label: string;
  value: string;
  options: readonly (readonly [value: string, label: string])[];
  onChange: (value: string) => void;
}

/** A filter with one choice. A value that the address has and the list has not is kept and shown. */
function Choice({ name, label, value, options, onChange }: ChoiceProps) {
  const isKnown = options.some(([each]) => each === value);
  return (
    <NativeSelect
      name={name}
      aria-label={label}
      value={value}
      className="w-auto min-w-32"
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {options.map(([each, text]) => (
        <option key={each} value={each}>
          {text}
        </option>
      ))}
      {!isKnown && <option value={value}>{value}</option>}
    </NativeSelect>
  );
}

function StageFilter({ chosen, onChange }: { chosen: readonly Stage[]; onChange: (chosen: Stage[]) => void }) {
  const words = chosen.length === 0 ? 'All stages' : chosen.map((stage) => describeStage(stage).label).join(', ');
  return (
    <>
      {chosen.length > 0 && <input type="hidden" name="stage" value={chosen.join(',')} />}
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button variant="outline" className="max-w-56 border-input font-normal">
            <span className="sr-only">Stage: </span>
            <span className="truncate">{words}</span>
            <ChevronDownIcon className="text-muted-foreground" aria-hidden />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="start">
          {stages.map((stage) => (
            <DropdownMenuCheckboxItem
              key={stage}
              checked={chosen.includes(stage)}
              // Several may be chosen before the menu is left.
              onSelect={(event) => event.preventDefault()}
              onCheckedChange={(isOn) => onChange(isOn ? [...chosen, stage] : chosen.filter((each) => each !== stage))}
            >
              {describeStage(stage).label}
            </DropdownMenuCheckboxItem>
          ))}
        </DropdownMenuContent>
      </DropdownMenu>
    </>
  );
}

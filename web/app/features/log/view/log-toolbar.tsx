import {
  AlignLeftIcon,
  ArrowDownIcon,
  ArrowUpIcon,
  ChevronsDownUpIcon,
  ChevronsUpDownIcon,
  CircleXIcon,
  ClockIcon,
  DownloadIcon,
  ListFilterIcon,
  SearchIcon,
  type LucideIcon,
} from 'lucide-react';
import { memo, type ReactNode, type RefObject } from 'react';
import { Button } from '~/components/ui/button.tsx';
import {
  DropdownMenu,
  DropdownMenuCheckboxItem,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from '~/components/ui/dropdown-menu.tsx';
import { Input } from '~/components/ui/input.tsx';
import { Tooltip, TooltipContent, TooltipTrigger } from '~/components/ui/tooltip.tsx';
import { cn } from '~/lib/cn.ts';
import { plural } from '~/lib/format.ts';
import { logGroups, type LogGroup } from '../model/entry.ts';
import type { LogSettings } from './use-log-settings.ts';

/** What the toolbar does; the same functions for life, so that it is drawn anew only when it shows something else. */
export interface LogToolbarActions {
  changeSettings: (change: Partial<LogSettings>) => void;
  changeQuery: (query: string) => void;
  goToMatch: (direction: 'next' | 'previous') => void;
  goToError: () => void;
  openAll: (open: boolean) => void;
  hide: (groups: ReadonlySet<LogGroup>) => void;
  download: () => void;
}

export interface LogToolbarProps {
  actions: LogToolbarActions;
  settings: LogSettings;
  query: string;
  /** Where the search is, in words. */
  matches: string;
  errors: number;
  hidden: ReadonlySet<LogGroup>;
  /** All of the log is here. */
  isWhole: boolean;
  searchRef: RefObject<HTMLInputElement>;
}

/** Search, jumps and looks of a log. */
export const LogToolbar = memo(function LogToolbar(props: LogToolbarProps) {
  const { actions, settings, errors, hidden, isWhole } = props;
  return (
    <div role="toolbar" aria-label="Log" className="flex flex-wrap items-center gap-1 border-b px-2 py-1.5">
      <Search {...props} />
      <Button
        variant="ghost"
        size="sm"
        disabled={errors === 0}
        onClick={actions.goToError}
        aria-keyshortcuts="e"
        className={cn(errors > 0 && 'text-destructive')}
      >
        <CircleXIcon aria-hidden />
        {errors === 0 ? 'No errors' : plural(errors, 'error')}
        {errors > 0 && <span className="sr-only">: go to the next</span>}
      </Button>
      <span className="flex-1" />
      <Filter hidden={hidden} onHide={actions.hide} />
      <IconToggle icon={AlignLeftIcon} label="Wrap lines" isOn={settings.wrap} onChange={(wrap) => actions.changeSettings({ wrap })} />
      <IconToggle icon={ClockIcon} label="Timestamps" isOn={settings.times} onChange={(times) => actions.changeSettings({ times })} />
      <IconButton icon={ChevronsUpDownIcon} label="Expand all" onClick={() => actions.openAll(true)} />
      <IconButton icon={ChevronsDownUpIcon} label="Collapse all" onClick={() => actions.openAll(false)} />
      <IconButton
        icon={DownloadIcon}
        label={isWhole ? 'Download as text' : 'Download as text, once all of it is loaded'}
        isDisabled={!isWhole}
        onClick={actions.download}
      />
    </div>
  );
});

function Search({ query, matches, searchRef, actions }: LogToolbarProps) {
  const isEmpty = query === '';
  return (
    <search className="flex min-w-0 flex-1 basis-52 items-center gap-1 sm:max-w-80">
      <div className="relative min-w-0 flex-1">
        <SearchIcon className="pointer-events-none absolute top-1.5 left-2 size-4 text-muted-foreground" aria-hidden />
        <Input
          ref={searchRef}
          value={query}
          aria-label="Search the log"
          aria-keyshortcuts="/"
          placeholder="Search"
          onChange={(event) => actions.changeQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') actions.goToMatch(event.shiftKey ? 'previous' : 'next');
            if (event.key === 'Escape' && !isEmpty) actions.changeQuery('');
          }}
          className="h-7 pr-24 pl-8"
        />
        <span role="status" className="pointer-events-none absolute top-0 right-2 text-xs leading-7 text-muted-foreground tabular-nums">
          {isEmpty ? '' : matches}
        </span>
      </div>
      <IconButton icon={ArrowUpIcon} label="Previous match" isDisabled={isEmpty} onClick={() => actions.goToMatch('previous')} />
      <IconButton icon={ArrowDownIcon} label="Next match" isDisabled={isEmpty} onClick={() => actions.goToMatch('next')} />
    </search>
  );
}

const groups = Object.keys(logGroups) as LogGroup[];

function Filter({ hidden, onHide }: { hidden: ReadonlySet<LogGroup>; onHide: (groups: ReadonlySet<LogGroup>) => void }) {
  function toggle(group: LogGroup, isShown: boolean): void {
    const next = new Set(hidden);
    if (isShown) next.delete(group);
    else next.add(group);
    onHide(next);
  }

  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="sm">
          <ListFilterIcon aria-hidden />
          {hidden.size === 0 ? 'All kinds' : `${groups.length - hidden.size} of ${groups.length} kinds`}
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        {groups.map((group) => (
          <DropdownMenuCheckboxItem
            key={group}
            checked={!hidden.has(group)}
            onCheckedChange={(isShown) => toggle(group, isShown)}
            // The menu stays: a reader picks several.
            onSelect={(event) => event.preventDefault()}
          >
            {logGroups[group].label}
          </DropdownMenuCheckboxItem>
        ))}
        <DropdownMenuSeparator />
        <DropdownMenuItem disabled={hidden.size === 0} onSelect={() => onHide(new Set())}>
          Show all
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => onHide(new Set(groups.filter((group) => group !== 'problems')))}>Only problems</DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

interface IconButtonProps {
  icon: LucideIcon;
  label: string;
  isDisabled?: boolean;
  onClick: () => void;
}

function IconButton({ icon: Icon, label, isDisabled = false, onClick }: IconButtonProps) {
  return (
    <Hint label={label}>
      <Button variant="ghost" size="icon" className="size-7" aria-label={label} disabled={isDisabled} onClick={onClick}>
        <Icon aria-hidden />
      </Button>
    </Hint>
  );
}

function IconToggle({
  icon: Icon,
  label,
  isOn,
  onChange,
}: {
  icon: LucideIcon;
  label: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}) {
  return (
    <Hint label={label}>
      <Button
        variant="ghost"
        size="icon"
        aria-label={label}
        aria-pressed={isOn}
        onClick={() => onChange(!isOn)}
        className={cn('size-7', isOn ? 'bg-secondary text-secondary-foreground' : 'text-muted-foreground')}
      >
        <Icon aria-hidden />
      </Button>
    </Hint>
  );
}

function Hint({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Tooltip>
      <TooltipTrigger asChild>{children}</TooltipTrigger>
      <TooltipContent>{label}</TooltipContent>
    </Tooltip>
  );
}

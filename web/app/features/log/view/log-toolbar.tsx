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
import type { ReactNode, RefObject } from 'react';
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
import type { LogReader } from './log-reader.ts';
import type { LogSettings } from './use-log-settings.ts';

export interface LogToolbarProps {
  reader: LogReader;
  settings: LogSettings;
  onSettings: (change: Partial<LogSettings>) => void;
  query: string;
  onQuery: (query: string) => void;
  searchRef: RefObject<HTMLInputElement>;
  onMatch: (direction: 'next' | 'previous') => void;
  onNextError: () => void;
  onOpenAll: (open: boolean) => void;
  onHide: (groups: ReadonlySet<LogGroup>) => void;
  onDownload: () => void;
}

/** Search, jumps and looks of a log. */
export function LogToolbar(props: LogToolbarProps) {
  const { reader, settings, onSettings, onNextError, onOpenAll, onDownload } = props;
  const errors = reader.feed.model.badCount;
  const isWhole = reader.feed.state.phase === 'complete';
  return (
    <div role="toolbar" aria-label="Log" className="flex flex-wrap items-center gap-1 border-b px-2 py-1.5">
      <Search {...props} />
      <Button
        variant="ghost"
        size="sm"
        disabled={errors === 0}
        onClick={onNextError}
        aria-keyshortcuts="e"
        className={cn(errors > 0 && 'text-destructive')}
      >
        <CircleXIcon aria-hidden />
        {errors === 0 ? 'No errors' : plural(errors, 'error')}
        {errors > 0 && <span className="sr-only">: go to the next</span>}
      </Button>
      <span className="flex-1" />
      <Filter {...props} />
      <IconToggle icon={AlignLeftIcon} label="Wrap lines" isOn={settings.wrap} onChange={(wrap) => onSettings({ wrap })} />
      <IconToggle icon={ClockIcon} label="Timestamps" isOn={settings.times} onChange={(times) => onSettings({ times })} />
      <IconButton icon={ChevronsUpDownIcon} label="Expand all" onClick={() => onOpenAll(true)} />
      <IconButton icon={ChevronsDownUpIcon} label="Collapse all" onClick={() => onOpenAll(false)} />
      <IconButton
        icon={DownloadIcon}
        label={isWhole ? 'Download as text' : 'Download as text, once all of it is loaded'}
        isDisabled={!isWhole}
        onClick={onDownload}
      />
    </div>
  );
}

function Search({ reader, query, onQuery, searchRef, onMatch }: LogToolbarProps) {
  const isEmpty = query === '';
  return (
    <search className="flex min-w-0 flex-1 basis-52 items-center gap-1 sm:max-w-80">
      <div className="relative min-w-0 flex-1">
        <SearchIcon className="pointer-events-none absolute top-2 left-2 size-4 text-muted-foreground" aria-hidden />
        <Input
          ref={searchRef}
          value={query}
          aria-label="Search the log"
          aria-keyshortcuts="/"
          placeholder="Search"
          onChange={(event) => onQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onMatch(event.shiftKey ? 'previous' : 'next');
            if (event.key === 'Escape' && !isEmpty) onQuery('');
          }}
          className="h-7 pr-20 pl-8"
        />
        <span role="status" className="pointer-events-none absolute top-0 right-2 text-xs leading-7 text-muted-foreground tabular-nums">
          {isEmpty ? '' : matchWords(reader)}
        </span>
      </div>
      <IconButton icon={ArrowUpIcon} label="Previous match" isDisabled={isEmpty} onClick={() => onMatch('previous')} />
      <IconButton icon={ArrowDownIcon} label="Next match" isDisabled={isEmpty} onClick={() => onMatch('next')} />
    </search>
  );
}

function matchWords({ search, currentMatch, isSearching }: LogReader): string {
  if (!search) return '';
  const total = `${search.total.toLocaleString('en')}${isSearching ? '…' : ''}`;
  return currentMatch ? `${search.ordinal(currentMatch).toLocaleString('en')} of ${total}` : total;
}

function Filter({ reader, onHide }: LogToolbarProps) {
  const { hidden } = reader;
  const groups = Object.keys(logGroups) as LogGroup[];

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

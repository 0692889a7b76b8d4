import {
  ActivityIcon,
  FolderGit2Icon,
  GitPullRequestIcon,
  InboxIcon,
  LayoutDashboardIcon,
  ListIcon,
  type LucideIcon,
  SettingsIcon,
  TerminalIcon,
} from 'lucide-react';

/** A page that the navigation leads to. */
export interface NavigationItem {
  to: string;
  label: string;
  icon: LucideIcon;
  /** Pressed after `g`. */
  key: string;
}

/** What the navigation shows beside its pages. */
export interface NavigationProps {
  person: { name: string; email: string };
  /** How many things wait for the person, by the page that shows them. */
  counts: Readonly<Record<string, number>>;
}

/** The pages at the side, from top to bottom. */
export const mainPages: readonly NavigationItem[] = [
  { to: '/', label: 'Overview', icon: LayoutDashboardIcon, key: 'o' },
  { to: '/approvals', label: 'Approvals', icon: InboxIcon, key: 'a' },
  { to: '/requests', label: 'Requests', icon: ListIcon, key: 'r' },
  { to: '/merge-requests', label: 'Merge requests', icon: GitPullRequestIcon, key: 'm' },
  { to: '/runs', label: 'Runs', icon: TerminalIcon, key: 'u' },
  { to: '/activity', label: 'Activity', icon: ActivityIcon, key: 'y' },
  { to: '/projects', label: 'Projects', icon: FolderGit2Icon, key: 'p' },
];

/** Below them. */
export const settingsPage: NavigationItem = { to: '/settings', label: 'Settings', icon: SettingsIcon, key: 's' };

/** Shown at the foot of a phone, beside the button for a new request and the menu. */
export const phonePages: readonly NavigationItem[] = mainPages.slice(0, 3);

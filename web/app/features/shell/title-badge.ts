import { useEffect } from 'react';

const badge = /^\(\d+\+?\) /;

/** A page's title with the number of things that wait in front: "(3) Requests". Replaces a number that is there already. */
export function withBadge(title: string, count: number): string {
  const plain = title.replace(badge, '');
  if (count === 0) return plain;
  return `(${count > 99 ? '99+' : count}) ${plain}`;
}

/** Keeps the number in the title of whatever page is shown. */
export function useTitleBadge(count: number): void {
  useEffect(() => {
    const apply = () => {
      const title = document.querySelector('title');
      const text = title?.textContent ?? '';
      const wanted = withBadge(text, count);
      if (title && wanted !== text) title.textContent = wanted;
    };
    apply();
    // Each navigation writes the title of its page.
    const observer = new MutationObserver(apply);
    observer.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => observer.disconnect();
  }, [count]);
}

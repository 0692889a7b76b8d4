/** Whether the end is followed after a scroll: only what a reader does changes that, never what the list does to itself. */
export function followAfter(following: boolean, scroll: { byReader: boolean; atEnd: boolean }): boolean {
  return scroll.byReader ? scroll.atEnd : following;
}

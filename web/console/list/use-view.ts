import { useState } from 'react';
import type { Show } from './filter.ts';

/** The user's choices for the list. */
export interface View {
  readonly show: Show;
  readonly text: string;
  readonly page: number;
}

// The page restores it when the user returns to the list.
let lastView: View = { show: 'active', text: '', page: 1 };

/** The choices for the list, and a function that changes them. A change without a page returns to page 1. */
export function useView(): [view: View, change: (changes: Partial<View>) => void] {
  const [view, setView] = useState(lastView);
  const change = (changes: Partial<View>) => {
    lastView = { ...view, page: 1, ...changes };
    setView(lastView);
  };
  return [view, change];
}

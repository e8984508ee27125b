/** Takes the focus to the content of the page, as when what had it is gone: otherwise it would be nowhere. The page stays where it is. */
export function focusContent(): void {
  document.getElementById('content')?.focus({ preventScroll: true });
}

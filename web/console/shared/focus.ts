/** Takes the focus to the content of the page, as when what had it is gone: otherwise it would be nowhere. */
export function focusContent(): void {
  document.getElementById('content')?.focus();
}

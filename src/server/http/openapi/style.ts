/** The style of the page: light or dark by preference, and readable on the narrowest screen. */
export const style = `
:root { color-scheme: light dark; --ink: #1a1c22; --paper: #fff; --soft: #5a6070; --line: #d9dce3; --link: #0b57c2; --code: #f2f4f8 }
@media (prefers-color-scheme: dark) {
:root { --ink: #e6e8ee; --paper: #14161b; --soft: #a0a6b4; --line: #343945; --link: #8ab4ff; --code: #1f232b }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 56rem; color: var(--ink); background: var(--paper); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; margin: 0.5rem 0 }
h2 { font-size: 1.25rem; margin: 2rem 0 0.5rem }
h3 { font-size: 1.05rem; margin: 0 0 0.5rem }
h4 { font-size: 0.9rem; margin: 0.75rem 0 0.25rem; color: var(--soft) }
nav h2 { font-size: 1rem; margin: 1rem 0 0.25rem }
section { padding: 1rem 0; border-top: 1px solid var(--line); scroll-margin-top: 1rem }
section:target { border-top: 2px solid var(--link) }
ul { margin: 0; padding-left: 1.1rem }
li { margin: 0.2rem 0 }
a { color: var(--link) }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
i { color: var(--soft) }
code { font: 0.9em ui-monospace, monospace; background: var(--code); padding: 0.1em 0.3em; border-radius: 3px }
`;

/** Lets the style sheets that are made at run time count under the page's policy. */
export const nonce = document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? '';

// Where what locks the scroll of a page under a dialog looks for it.
Object.assign(globalThis, { __webpack_nonce__: nonce });

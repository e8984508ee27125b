/** The nonce that the policy of the page requires of style sheets created at run time. */
export const nonce = document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? '';

// The scroll lock of dialogs reads the nonce from here.
Object.assign(globalThis, { __webpack_nonce__: nonce });

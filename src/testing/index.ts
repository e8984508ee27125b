export { sandboxEvents, type Walk } from './walks.ts';

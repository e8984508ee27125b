export {
  definitionOf,
  type MachineDefinition,
  type StateDefinition,
  type TransitionDefinition,
} from './definition.ts';
export { toMermaid } from './mermaid.ts';

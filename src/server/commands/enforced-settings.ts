import { equalJson } from '../../utils/equal-json.ts';
import type { Driver, EnforcedSetting } from '../driver/driver.ts';
import { RuleError } from '../errors.ts';
import type { UpdateRequest } from '../host.ts';
import type { SandboxEntry } from '../store/records.ts';

/** The settings in the order of the API, with their names there. */
const wireNames: Readonly<Record<EnforcedSetting, string>> = {
  exposedPorts: 'exposed_ports',
  network: 'network',
  allowUnauthenticatedAccess: 'allow_unauthenticated_access',
};

/** The settings that a platform enforces and cannot change while a sandbox runs. */
export function fixedSettingsOf({ configure, enforces }: Driver): readonly EnforcedSetting[] {
  return configure ? [] : (enforces ?? (Object.keys(wireNames) as EnforcedSetting[]));
}

/**
 * Throws `RuleError` when a change would need what the platform cannot do: change a setting that it enforces, for a sandbox
 * that runs or is about to. While it is suspended, the change takes effect at the resume.
 */
export function mustBeChangeable(
  { sandbox, configuration }: SandboxEntry,
  changes: NonNullable<UpdateRequest['configuration']>,
  fixed: readonly EnforcedSetting[],
): void {
  if (sandbox.status === 'suspended' && sandbox.operation === null) return;
  const setting = fixed.find(
    (name) => changes[name] !== undefined && !equalJson(changes[name], configuration[name]),
  );
  if (setting === undefined) return;
  const remedy = sandbox.name === null ? 'create a new sandbox with it' : 'suspend it first';
  throw new RuleError(
    `Cannot change ${wireNames[setting]}: this platform applies it only when a sandbox starts, and this one is ${sandbox.status}; ${remedy}.`,
  );
}

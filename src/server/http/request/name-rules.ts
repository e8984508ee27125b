import { printable } from '../../../utils/printable.ts';
import { RuleError } from '../../errors.ts';

const dnsLabel = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Throws a {@link RuleError} for a name that the API does not take: it has to be a DNS label that begins with a letter. */
export function mustBeName(name: string): string {
  if (dnsLabel.test(name)) return name;
  throw new RuleError(
    `The name "${printable(name)}" is not valid; use 1 to 63 lowercase letters, digits and hyphens, beginning with a letter and not ending with a hyphen.`,
  );
}

/** The port of the sandbox's own daemon, which is not the user's to expose. */
const managementPort = 9501;

/** Throws a {@link RuleError} when the management port is among them. */
export function mustBeExposable(ports: readonly number[] | null): readonly number[] | null {
  if (!ports?.includes(managementPort)) return ports;
  throw new RuleError(`Port ${managementPort} is the management port and cannot be exposed; leave it out.`);
}

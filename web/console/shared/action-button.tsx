import { Button, type ButtonProps, Loader, Text } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { CommandName } from '../../../src/index.ts';
import type { SandboxAction } from '../../../src/react/index.ts';
import { commandWords } from './words.ts';

/** The button of a command, with a hint, or with the reason why the command is not possible. A disabled button keeps the focus. */
export function ActionButton({
  name,
  icon: Icon,
  hint,
  action: { props, reason, reasonId },
  children,
  ...look
}: {
  name: CommandName;
  icon: LucideIcon;
  hint: string;
  action: SandboxAction;
  children?: React.ReactNode;
} & Pick<ButtonProps, 'color' | 'variant'>) {
  const { label, busy } = commandWords[name];
  const isBusy = props['aria-busy'];
  return (
    <div className="action">
      <Button
        {...look}
        {...props}
        // A click while the command is in progress does not send it again.
        onClick={isBusy ? undefined : props.onClick}
        data-command={name}
        data-disabled={reason !== null}
        justify="start"
        leftSection={
          isBusy ? <Loader size={16} color="currentColor" aria-hidden /> : <Icon size={16} aria-hidden />
        }
      >
        {isBusy ? busy : label}
      </Button>
      <div>
        {reason ? (
          <Text id={reasonId} size="sm" c="dimmed">
            {reason.message}
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        )}
        {children}
      </div>
    </div>
  );
}

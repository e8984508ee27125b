import { Button, type ButtonProps, Loader, Text } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DisplayedSandbox } from '../../../src/client/index.ts';
import type { CommandName } from '../../../src/index.ts';
import { possibleTexts } from './command-texts.ts';
import type { Action } from './use-action.ts';
import { commandWords } from './words.ts';

/**
 * The button of a command, with a hint, or with the reason why a click does nothing. The row is as high as the longest text
 * that it may show, so that the button keeps its place.
 */
export function ActionButton({
  name,
  icon: Icon,
  hint,
  action: { props, reason, textId },
  sandbox,
  children,
  ...look
}: {
  name: CommandName;
  icon: LucideIcon;
  hint: string;
  action: Action;
  sandbox: DisplayedSandbox;
  children?: ReactNode;
} & Pick<ButtonProps, 'color' | 'variant'>) {
  const { label, busy } = commandWords[name];
  const isBusy = props['aria-busy'];
  return (
    <div className="action">
      <Button
        {...look}
        {...props}
        data-command={name}
        justify="start"
        leftSection={
          isBusy ? <Loader size={16} color="currentColor" aria-hidden /> : <Icon size={16} aria-hidden />
        }
      >
        {isBusy ? busy : label}
      </Button>
      <div>
        <Text component="div" size="sm" c="dimmed" className="reserved">
          <span id={textId}>{reason ?? hint}</span>
          {possibleTexts(name, hint, sandbox).map((text) => (
            <span key={text} aria-hidden className="reserve" data-text={text} />
          ))}
        </Text>
        {children}
      </div>
    </div>
  );
}

import { Text } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { useWorkspace } from '../session/workspace.tsx';
import { Dialog } from '../shared/dialog.tsx';
import { CreateForm } from './create-form.tsx';
import type { CreateFrom } from './draft.ts';

const CreateContext = createContext<(from?: CreateFrom) => void>(() => {});

/** A function that opens the dialog for a new sandbox. */
export const useCreate = () => useContext(CreateContext);

/** Holds the dialog for a new sandbox. Any part of the page can open it. */
export function CreateProvider({ children }: { children: ReactNode }) {
  const { readOnly } = useWorkspace();
  const [from, setFrom] = useState<CreateFrom | null>(null);
  const open = useCallback((source: CreateFrom = {}) => setFrom(source), []);
  const close = () => setFrom(null);
  return (
    <CreateContext value={open}>
      {children}
      <Dialog
        isOpen={from !== null}
        onClose={close}
        title={from?.snapshotId ? 'Restore snapshot' : 'Create sandbox'}
      >
        {from && (readOnly === null ? <CreateForm from={from} onDone={close} /> : <Text>{readOnly}</Text>)}
      </Dialog>
    </CreateContext>
  );
}

import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { Dialog } from '../shared/dialog.tsx';
import { CreateForm } from './create-form.tsx';
import type { CreateFrom } from './draft.ts';

const CreateContext = createContext<(from?: CreateFrom) => void>(() => {});

/** Opens the dialog that creates a sandbox. */
export const useCreate = () => useContext(CreateContext);

/** Holds the dialog, so that any part of the page can open it. */
export function CreateProvider({ children }: { children: ReactNode }) {
  const [from, setFrom] = useState<CreateFrom | null>(null);
  const open = useCallback((wanted: CreateFrom = {}) => setFrom(wanted), []);
  const close = () => setFrom(null);
  return (
    <CreateContext value={open}>
      {children}
      <Dialog
        isOpen={from !== null}
        onClose={close}
        title={from?.snapshotId ? 'Restore a snapshot' : 'Create a sandbox'}
      >
        {from && <CreateForm from={from} onDone={close} />}
      </Dialog>
    </CreateContext>
  );
}

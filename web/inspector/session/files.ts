import { parseSession } from '../../../src/inspect/protocol/session-file.ts';
import { fillPage } from '../../../src/pages/fill-page.ts';
import { byId, on, save } from '../dom.ts';
import { changed, state } from '../state.ts';
import { chartText } from '../views/chart.ts';
import { createSession } from './session.ts';

/** The page as the server sent it, with this script, before any changes. */
const pristine = `<!doctype html>\n${document.documentElement.outerHTML}\n`;

/** Connects the buttons that save and open files. `stop` disconnects the current source. */
export function listenToFiles(stop: () => void): void {
  const content = () => ({ session: state.session.messages });
  on('print', 'click', () => save('lifecycle.svg', 'image/svg+xml', chartText(byId('chart'))));
  on('export', 'click', () => save('session.json', 'application/json', JSON.stringify(content())));
  on('page', 'click', () => save('session.html', 'text/html', fillPage(pristine, content())));

  const file = byId<HTMLInputElement>('file');
  on('open', 'click', () => file.click());
  on('file', 'change', async () => {
    const [chosen] = file.files ?? [];
    if (chosen === undefined) return;
    try {
      const session = createSession(parseSession(await chosen.text()));
      stop();
      const source = { label: `Session ${chosen.name}`, tone: 'still' } as const;
      changed({ session, source, sandbox: '', place: undefined });
    } catch (error) {
      changed({ source: { label: (error as Error).message, tone: 'lost' } });
    }
    file.value = '';
  });
}

import { Title, type TitleProps } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';

/** The heading of a page. It takes the focus after a link, so that screen readers announce the page. */
export function PageTitle({
  document: title,
  children,
  ...look
}: { document: string; children: ReactNode } & TitleProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    window.document.title = title;
  }, [title]);
  useEffect(() => {
    if (location.hash !== lastPage) heading.current?.focus();
    lastPage = location.hash;
  }, []);
  return (
    <Title order={1} size="h2" {...look} ref={heading} tabIndex={-1} className="page-title">
      {children}
    </Title>
  );
}

/** The address of the last page. It is the current one at first, because the user did not reach the first page by a link. */
let lastPage = location.hash;
